import CCurl

/// The library as a whole.
enum CurlLibrary {
    /// Once for the process; a constant's first reader makes all others wait, so it is never done twice at once.
    private static let status = curl_global_init(Int(CURL_GLOBAL_SSL))

    static func prepare() throws(CurlProblem) { try CurlProblem.check(status) }
}
