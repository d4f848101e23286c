import CCurl

/// What libcurl answered other than that all is well.
struct CurlProblem: Error {
    var code: CURLcode
    var text: String

    /// - Parameter details: what libcurl wrote about this very failure; its general words stand in where that is empty.
    init(_ code: CURLcode, _ details: String = "") {
        self.code = code
        text = details.isEmpty ? String(cString: curl_easy_strerror(code)) : details
    }

    init(_ code: CURLMcode) {
        self.code = code == CURLM_OUT_OF_MEMORY ? CURLE_OUT_OF_MEMORY : CURLE_FAILED_INIT
        text = String(cString: curl_multi_strerror(code))
    }

    static func check(_ status: CURLcode) throws(CurlProblem) {
        guard status == CURLE_OK else { throw CurlProblem(status) }
    }

    static func check(_ status: CURLMcode) throws(CurlProblem) {
        guard status == CURLM_OK else { throw CurlProblem(status) }
    }
}
