/// What the page `problem` says.
enum ProblemPage {
    static func context(_ problem: Problem, _ reference: String, isSignedIn: Bool) -> [String: Any] {
        // The title of the page is the heading: what happened, in a few words. The cause follows below it.
        let places = problem.places.filter { $0.message != problem.message }.map {
            "\($0.place): \($0.message) \($0.remedy)"
        }
        return [
            "pageTitle": title(problem.status), "cause": ([problem.message] + places).joined(separator: " "),
            "hasRemedy": !problem.remedy.isEmpty, "remedy": problem.remedy, "code": problem.code,
            "hasReference": !reference.isEmpty, "reference": reference, "backHref": isSignedIn ? "/" : "/sign-in",
            "backWords": isSignedIn ? "Home" : "Sign in", "isSignedOut": false,
        ]
    }

    private static func title(_ status: Int) -> String {
        switch status {
        case 401: "Sign in first"
        case 403: "Not allowed"
        case 404: "Not found"
        case 409, 412: "Changed meanwhile"
        case 429: "Too many tries"
        case 500...: "It did not work"
        default: "Not accepted"
        }
    }
}
