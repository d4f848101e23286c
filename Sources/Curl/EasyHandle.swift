import CCurl
import Foundation

/// Owns one libcurl easy handle and frees it exactly once. Not `Sendable`: it stays on the thread that opened it.
struct EasyHandle: ~Copyable {
    private let raw: UnsafeMutableRawPointer
    private let errorBuffer: UnsafeMutablePointer<CChar>

    init() throws(CurlProblem) {
        guard let raw = curl_easy_init() else { throw CurlProblem(CURLE_OUT_OF_MEMORY) }
        self.raw = raw
        errorBuffer = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorBuffer.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit {
        curl_easy_cleanup(raw)
        errorBuffer.deallocate()
    }

    /// Puts all settings back; connections, sessions and names that are known stay with the multi handle.
    borrowing func reset() { curl_easy_reset(raw) }

    borrowing func set(_ option: CURLoption, _ value: Int) throws(CurlProblem) {
        try CurlProblem.check(shim_curl_setopt_long(raw, option, value))
    }

    borrowing func set(_ option: CURLoption, _ value: Bool) throws(CurlProblem) { try set(option, value ? 1 : 0) }

    /// - Parameter value: libcurl copies it; nil: what libcurl was built with is taken back.
    borrowing func set(_ option: CURLoption, _ value: String?) throws(CurlProblem) {
        try CurlProblem.check(shim_curl_setopt_text(raw, option, value))
    }

    /// - Parameter value: lives until the handle is reset.
    borrowing func set(_ option: CURLoption, _ value: UnsafeMutableRawPointer?) throws(CurlProblem) {
        try CurlProblem.check(shim_curl_setopt_pointer(raw, option, value))
    }

    /// - Parameter value: lives until the handle is reset.
    borrowing func setHeaders(_ value: borrowing HeaderList) throws(CurlProblem) {
        try CurlProblem.check(shim_curl_setopt_list(raw, CURLOPT_HTTPHEADER, value.first))
    }

    borrowing func setWriter(
        _ option: CURLoption,
        _ value:
            @escaping @convention(c) (UnsafeMutablePointer<CChar>?, Int, Int, UnsafeMutableRawPointer?) -> Int
    ) throws(CurlProblem) {
        try CurlProblem.check(shim_curl_setopt_write(raw, option, value))
    }

    borrowing func setReader(
        _ value:
            @escaping @convention(c) (UnsafeMutablePointer<CChar>?, Int, Int, UnsafeMutableRawPointer?) -> Int
    ) throws(CurlProblem) {
        try CurlProblem.check(shim_curl_setopt_read(raw, value))
    }

    borrowing func setBodySize(_ count: Int) throws(CurlProblem) {
        try CurlProblem.check(shim_curl_setopt_offset(raw, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(count)))
    }

    /// Takes a copy of the body, which can be sent again where a connection turns out to be closed.
    borrowing func setRepeatableBody(_ body: Data) throws(CurlProblem) {
        try setBodySize(body.count)
        let status = body.withUnsafeBytes { bytes in
            // A null pointer would stand for "no copy, read it elsewhere".
            withUnsafePointer(to: 0 as UInt8) { nothing in
                shim_curl_setopt_pointer(
                    raw, CURLOPT_COPYPOSTFIELDS, bytes.baseAddress ?? UnsafeRawPointer(nothing))
            }
        }
        try CurlProblem.check(status)
    }

    borrowing func setOpener(
        _ value:
            @escaping @convention(c) (
                UnsafeMutableRawPointer?, curlsocktype, UnsafeMutablePointer<curl_sockaddr>?
            ) -> curl_socket_t
    ) throws(CurlProblem) {
        try CurlProblem.check(shim_curl_setopt_opener(raw, value))
    }

    /// - Parameter value: is called when there is a connection, new or kept, and nothing was sent over it.
    borrowing func setBefore(
        _ value:
            @escaping @convention(c) (
                UnsafeMutableRawPointer?, UnsafeMutablePointer<CChar>?, UnsafeMutablePointer<CChar>?, Int32, Int32
            ) -> Int32
    ) throws(CurlProblem) {
        try CurlProblem.check(shim_curl_setopt_before(raw, value))
    }

    borrowing func setBlob(_ option: CURLoption, _ value: Data) throws(CurlProblem) {
        let status = value.withUnsafeBytes { shim_curl_setopt_blob(raw, option, $0.baseAddress, $0.count) }
        try CurlProblem.check(status)
    }

    /// By what the multi handle tells the transfer when it is over.
    borrowing func setTag(_ tag: UInt) throws(CurlProblem) { try CurlProblem.check(shim_curl_set_tag(raw, tag)) }

    /// Lets libcurl write down what went wrong.
    borrowing func collectErrors() throws(CurlProblem) {
        errorBuffer.pointee = 0
        try CurlProblem.check(shim_curl_setopt_pointer(raw, CURLOPT_ERRORBUFFER, errorBuffer))
    }

    var errorText: String { String(cString: errorBuffer) }

    borrowing func number(_ info: CURLINFO) throws(CurlProblem) -> Int {
        var value = 0
        try CurlProblem.check(shim_curl_getinfo_long(raw, info, &value))
        return value
    }

    /// Calls `body` with the pointer, which must not outlive it.
    borrowing func withPointer<Result>(_ body: (UnsafeMutableRawPointer) -> Result) -> Result { body(raw) }
}
