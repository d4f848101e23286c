import CCurl
import Foundation

/// One request on its way: an easy handle and what libcurl reads from and writes to meanwhile. Used again and again.
///
/// Not `Sendable`: it lives on the loop's thread alone. libcurl calls back from there only, while the multi handle
/// performs, and holds a pointer to this object; so whoever adds the handle keeps the object until it is removed.
final class Transfer {
    let handle: EasyHandle
    private var headerList = HeaderList()
    private var answer = AnswerReader(largestBody: 0)
    private var unsent = Data()
    private var addresses = AddressPolicy.any
    private var refused: IPAddress?

    init() throws(CurlProblem) { handle = try EasyHandle() }

    /// Makes it ready for a request.
    /// - Parameters:
    ///   - tag: by what the multi handle names it.
    ///   - connectTimeout: for the name, the connection and TLS.
    func prepare(_ request: HTTPRequest, tag: UInt, connectTimeout: Duration) throws(CurlProblem) {
        handle.reset()
        answer = AnswerReader(largestBody: request.largestAnswer)
        unsent = Data()
        addresses = request.addresses
        refused = nil
        try handle.setTag(tag)
        try handle.collectErrors()
        try setTarget(request)
        try setLimits(connectTimeout)
        try setAddresses()
        try setTrust(request.trust)
        try setIdentity(request)
        try setMethod(request)
        try setHeaders(request)
        let own = Unmanaged.passUnretained(self).toOpaque()
        try handle.set(CURLOPT_HEADERDATA, own)
        try handle.setWriter(CURLOPT_HEADERFUNCTION) { bytes, size, count, own in
            Transfer.take(bytes, size, count, own) { $0.answer.takeLine($1) }
        }
        try handle.set(CURLOPT_WRITEDATA, own)
        try handle.setWriter(CURLOPT_WRITEFUNCTION) { bytes, size, count, own in
            Transfer.take(bytes, size, count, own) { $0.answer.takeBody($1) }
        }
    }

    /// What came of it.
    func outcome(_ result: CURLcode, from place: Destination) -> Result<HTTPResponse, TransferFailure> {
        do throws(CurlProblem) {
            guard result == CURLE_OK else { throw CurlProblem(result, answer.problem ?? handle.errorText) }
            let status = try handle.number(CURLINFO_RESPONSE_CODE)
            guard (200...999).contains(status) else {
                throw CurlProblem(CURLE_WEIRD_SERVER_REPLY, "its status is \(status)")
            }
            return .success(HTTPResponse(status: status, headers: answer.headers, body: answer.body))
        } catch {
            let wasRefused = [CURLE_COULDNT_CONNECT, CURLE_ABORTED_BY_CALLBACK].contains(error.code)
            if let refused, wasRefused, !hasSent { return .failure(TransferFailure(refused: refused, of: place)) }
            let systemError = (try? handle.number(CURLINFO_OS_ERRNO)) ?? 0
            return .failure(
                TransferFailure(
                    error, from: place, hasSent: hasSent, systemError: Int32(truncatingIfNeeded: systemError)))
        }
    }

    /// Whether any of the request may have left.
    var hasSent: Bool { ((try? handle.number(CURLINFO_REQUEST_SIZE)) ?? 1) > 0 }

    private func setTarget(_ request: HTTPRequest) throws(CurlProblem) {
        try handle.set(CURLOPT_URL, request.url)
        try handle.set(CURLOPT_PROTOCOLS_STR, request.allowsPlaintext ? "https,http" : "https")
        try handle.set(CURLOPT_FOLLOWLOCATION, false)
        // Neither environment nor files of the account decide where a request goes and what it says.
        try handle.set(CURLOPT_PROXY, "")
        try handle.set(CURLOPT_NETRC, Int(CURL_NETRC_IGNORED.rawValue))
        // Over one connection where the server can: who comes while it is being made waits for what it will be.
        // But no bodies over HTTP/2: libcurl 7.88 loses answers that come before it has sent a whole one, such as a refusal
        // by a proxy, and leaves the end of one of 16 KiB or more on a kept connection unsent until a timer runs out.
        let multiplexes = request.multiplexes && request.body?.isEmpty ?? true
        try handle.set(CURLOPT_HTTP_VERSION, Int(multiplexes ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1))
        try handle.set(CURLOPT_PIPEWAIT, multiplexes)
        try handle.set(CURLOPT_NOSIGNAL, true)
    }

    /// When a connection is made, and again before it is used: one that is kept may be another request's.
    private func setAddresses() throws(CurlProblem) {
        let own = Unmanaged.passUnretained(self).toOpaque()
        try handle.set(CURLOPT_OPENSOCKETDATA, own)
        try handle.setOpener { own, _, address in
            guard let own, let address else { return CURL_SOCKET_BAD }
            var bytes = [UInt8](repeating: 0, count: 16)
            let count = Int(shim_curl_address(address, &bytes))
            let transfer = Unmanaged<Transfer>.fromOpaque(own).takeUnretainedValue()
            guard transfer.permits(IPAddress(Array(bytes.prefix(count)))) else { return CURL_SOCKET_BAD }
            return shim_curl_open_socket(address)
        }
        try handle.set(CURLOPT_PREREQDATA, own)
        try handle.setBefore { own, address, _, _, _ in
            guard let own, let address else { return CURL_PREREQFUNC_ABORT }
            let transfer = Unmanaged<Transfer>.fromOpaque(own).takeUnretainedValue()
            return transfer.permits(IPAddress(String(cString: address))) ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
        }
    }

    private func permits(_ address: IPAddress?) -> Bool {
        guard let address else { return addresses == .any }
        if addresses.permits(address) { return true }
        refused = address
        return false
    }

    private func setIdentity(_ request: HTTPRequest) throws(CurlProblem) {
        if let certificate = request.clientCertificate {
            try handle.setBlob(CURLOPT_SSLCERT_BLOB, certificate)
            try handle.setBlob(CURLOPT_SSLKEY_BLOB, certificate)
        }
        guard let signing = request.signing else { return }
        try handle.set(CURLOPT_AWS_SIGV4, "aws:amz:\(signing.region):\(signing.service)")
        try handle.set(CURLOPT_USERNAME, signing.accessKey)
        try handle.set(CURLOPT_PASSWORD, signing.secretKey)
    }

    private func setLimits(_ connectTimeout: Duration) throws(CurlProblem) {
        try handle.set(CURLOPT_CONNECTTIMEOUT_MS, connectTimeout.milliseconds)
        // Else the end of a transfer would wait for the resolver's thread, and all others with it.
        try handle.set(CURLOPT_QUICK_EXIT, true)
    }

    private func setTrust(_ trust: Trust) throws(CurlProblem) {
        try handle.set(CURLOPT_SSL_VERIFYPEER, 1)
        try handle.set(CURLOPT_SSL_VERIFYHOST, 2)
        try handle.set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        // A bundle that was replaced counts from the next connection on.
        try handle.set(CURLOPT_CA_CACHE_TIMEOUT, 0)
        guard case .bundle(let path) = trust else { return }
        try handle.set(CURLOPT_CAINFO, path)
        try handle.set(CURLOPT_CAPATH, nil as String?)
    }

    private func setMethod(_ request: HTTPRequest) throws(CurlProblem) {
        let takesBody = ["POST", "PUT", "PATCH"].contains(request.method)
        guard let body = request.body ?? (takesBody ? Data() : nil) else {
            try handle.set(CURLOPT_HTTPGET, true)
            if request.method == "HEAD" { try handle.set(CURLOPT_NOBODY, true) }
            try handle.set(CURLOPT_CUSTOMREQUEST, request.method)
            if !request.isRepeatable { try handle.set(CURLOPT_FRESH_CONNECT, true) }
            return
        }
        try handle.set(CURLOPT_POST, true)
        try handle.set(CURLOPT_CUSTOMREQUEST, request.method)
        guard !request.isRepeatable else { return try handle.setRepeatableBody(body) }
        // libcurl sends a request again by itself where a kept connection ends before the answer. A body that it reads
        // here can't be read twice, so what may have had its effect fails instead.
        // Only a new connection can't turn out to be closed. What is signed has to be there as a whole.
        guard !body.isEmpty, request.signing == nil else {
            try handle.set(CURLOPT_FRESH_CONNECT, true)
            return try handle.setRepeatableBody(body)
        }
        unsent = body
        try handle.setBodySize(body.count)
        try handle.set(CURLOPT_READDATA, Unmanaged.passUnretained(self).toOpaque())
        try handle.setReader { bytes, size, count, own in
            guard let bytes, let own else { return Int(CURL_READFUNC_ABORT) }
            return Unmanaged<Transfer>.fromOpaque(own).takeUnretainedValue().give(
                UnsafeMutableRawBufferPointer(start: bytes, count: size * count))
        }
    }

    private func setHeaders(_ request: HTTPRequest) throws(CurlProblem) {
        headerList = HeaderList()
        for header in request.headers {
            let isEmpty = header.value.allSatisfy { $0 == " " || $0 == "\t" }
            try headerList.append(isEmpty ? "\(header.name);" : "\(header.name): \(header.value)")
        }
        // libcurl's own: no waiting for a permission, and no claim about the body.
        try headerList.append("Expect:")
        if !request.has("Content-Type") { try headerList.append("Content-Type:") }
        try handle.setHeaders(headerList)
    }

    private func give(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
        let piece = unsent.prefix(buffer.count)
        buffer.copyBytes(from: piece)
        unsent = unsent.dropFirst(piece.count)
        return piece.count
    }

    private static func take(
        _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ own: UnsafeMutableRawPointer?,
        _ read: (Transfer, UnsafeRawBufferPointer) -> Bool
    ) -> Int {
        guard let own else { return 0 }
        let isTaken = read(
            Unmanaged<Transfer>.fromOpaque(own).takeUnretainedValue(),
            UnsafeRawBufferPointer(start: bytes, count: size * count))
        return isTaken ? size * count : Int(CURL_WRITEFUNC_ERROR)
    }
}
