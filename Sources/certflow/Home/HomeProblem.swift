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
}
