import CCurl
import Foundation

extension TransferFailure {
    /// What a result of libcurl means to the caller.
    /// - Parameters:
    ///   - hasSent: whether any of the request may have left: then no failure says that nothing was sent.
    ///   - systemError: what the kernel said last about the connection; 0 for nothing.
    init(_ problem: CurlProblem, from place: Destination, hasSent: Bool = false, systemError: Int32 = 0) {
        let reason = printable(problem.text, longest: 300)
        switch Self.kind(problem.code, hasSent: hasSent, systemError: systemError) {
        case .refusedURL: self.init(.refusedURL, "The URL of \(place) can't be used: \(reason).")
        case .refusedAddress: self.init(.refusedAddress, "\(place) leads where this request may not go.")
        case .unreachable: self.init(.unreachable, "\(place) can't be reached: \(reason).")
        case .untrusted: self.init(.untrusted, "\(place) shows a certificate that is not trusted: \(reason).")
        case .broken: self.init(.broken, "The exchange with \(place) broke off: \(reason).")
        case .malformed: self.init(.malformed, "The answer of \(place) can't be used: \(reason).")
        case .local: self.init(.local, "This machine can't ask \(place): \(reason).")
        }
    }

    /// Where the addresses that a name leads to are none that the request may reach.
    init(refused address: IPAddress, of place: Destination) {
        self.init(.refusedAddress, "\(place) leads to \(address), which this request may not reach.")
    }

    private static func kind(_ code: CURLcode, hasSent: Bool, systemError: Int32) -> Kind {
        switch code {
        case CURLE_OUT_OF_MEMORY, CURLE_FAILED_INIT, CURLE_BAD_FUNCTION_ARGUMENT, CURLE_UNKNOWN_OPTION,
            CURLE_NOT_BUILT_IN, CURLE_READ_ERROR, CURLE_ABORTED_BY_CALLBACK, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
            CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CRL_BADFILE, CURLE_SSL_ENGINE_NOTFOUND, CURLE_SSL_ENGINE_SETFAILED,
            CURLE_SSL_ENGINE_INITFAILED:
            return hasSent ? .broken : .local
        case CURLE_COULDNT_CONNECT where isLocal(systemError): return hasSent ? .broken : .local
        case CURLE_URL_MALFORMAT: return hasSent ? .broken : .refusedURL
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS,
            CURLE_SSL_PINNEDPUBKEYNOTMATCH:
            return hasSent ? .broken : .untrusted
        // The first of them is libcurl's name for an answer of HTTP/0.9.
        case CURLE_UNSUPPORTED_PROTOCOL, CURLE_WEIRD_SERVER_REPLY, CURLE_WRITE_ERROR, CURLE_FILESIZE_EXCEEDED,
            CURLE_BAD_CONTENT_ENCODING:
            return .malformed
        default: return hasSent ? .broken : .unreachable
        }
    }

    /// No descriptor or memory of our own for the connection.
    private static func isLocal(_ error: Int32) -> Bool {
        [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(error)
    }
}
