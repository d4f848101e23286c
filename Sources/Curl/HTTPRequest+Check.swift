extension HTTPRequest {
    /// Set by libcurl from the body and the connection; two opinions about them are how requests get smuggled.
    private static let reserved: Set<String> = [
        "connection", "content-length", "expect", "host", "keep-alive", "proxy-connection", "te", "trailer",
        "transfer-encoding", "upgrade",
    ]

    /// - Returns: where it goes.
    /// - Throws: `TransferFailure` where it can't be sent as it is.
    func checked() throws(TransferFailure) -> Destination {
        let place = try Destination(url, allowsPlaintext: allowsPlaintext)
        guard !method.isEmpty, method.utf8.allSatisfy(\.isToken) else {
            throw TransferFailure(.local, "A request to \(place) has a method that is none.")
        }
        // The one method whose answer has no body whatever it says: libcurl has to know it as such.
        guard method != "HEAD" || body == nil else {
            throw TransferFailure(.local, "A HEAD request to \(place) has a body.")
        }
        for header in headers {
            guard HTTPHeader.isName(header.name),
                header.value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 })
            else { throw TransferFailure(.local, "A request to \(place) has a header field that is none.") }
            guard !Self.reserved.contains(header.name.lowercased()) else {
                throw TransferFailure(
                    .local, "A request to \(place) sets \(header.name), which is the connection's own.")
            }
        }
        if case .bundle(let path) = trust, path.isEmpty || path.utf8.contains(0) {
            throw TransferFailure(.local, "The path of the CA bundle for \(place) is none.")
        }
        if let signing {
            let words = [signing.accessKey, signing.secretKey, signing.region, signing.service]
            let isPlain = words.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { (33...126).contains($0) } }
            let isName = [signing.region, signing.service].allSatisfy { !$0.contains(":") }
            guard isPlain, isName else {
                throw TransferFailure(.local, "What a request to \(place) is to be signed with is not usable.")
            }
        }
        return place
    }

    /// Whether this may be a request's URL: absolute, with a host, a port that is one, and no user.
    /// - Throws: `TransferFailure` of kind `refusedURL`, whose message names no more than scheme, host and port.
    public static func check(url: String, allowsPlaintext: Bool = false) throws(TransferFailure) {
        _ = try Destination(url, allowsPlaintext: allowsPlaintext)
    }

    /// Whether doing it twice is like doing it once.
    var isRepeatable: Bool { repeats ?? ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"].contains(method) }

    func has(_ name: String) -> Bool { headers.contains { $0.name.lowercased() == name.lowercased() } }
}
