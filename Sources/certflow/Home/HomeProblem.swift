/// Why a home can't be used.
struct HomeProblem: Error, Equatable {
    /// Stable and dotted: tests match on it.
    var code: String
    var message: String
    var remedy: String

    init(_ code: String, _ message: String, remedy: String) {
        self.code = code
        self.message = message
        self.remedy = remedy
    }

    static func runnerLives(_ home: Home) -> Self {
        let holder = HomeLock.holder(home).map { " (\($0.words))" } ?? ""
        return Self(
            "home.runner-lives", "\(home.path) has a runner already\(holder).",
            remedy: "It does what is due; see `certflow status`. Stop it first if this one shall take over.")
    }
}
