import CCurl

/// Owns a list of header lines for libcurl and frees it exactly once.
struct HeaderList: ~Copyable {
    private(set) var first: UnsafeMutablePointer<curl_slist>?

    init() {}

    deinit { curl_slist_free_all(first) }

    /// - Parameter line: "Name: value", "Name;" for a field without a value, "Name:" for none of libcurl's own.
    mutating func append(_ line: String) throws(CurlProblem) {
        guard let list = curl_slist_append(first, line) else { throw CurlProblem(CURLE_OUT_OF_MEMORY) }
        first = list
    }
}
