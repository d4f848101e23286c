/// What the page `problem` says.
enum ProblemPage {
    static func context(_ problem: Problem, _ reference: String) -> [String: Any] {
        [
            "pageTitle": title(problem.status), "status": String(problem.status), "title": title(problem.status),
            "cause": problem.message, "remedy": problem.remedy, "reference": reference, "hasReference": true,
            "crumbs": Crumbs.to(("Home", "/"), (title(problem.status), "")),
            "hasPlaces": !problem.places.isEmpty,
            "places": problem.places.map { ["place": $0.place, "message": $0.message, "remedy": $0.remedy] },
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
