import Foundation
import NIOCore
import NIOPosix
import NIOSSL

/// Why nothing was seen, in words for people.
struct ProbeProblem: Error, Equatable {
    var words: String

    init(_ words: String) { self.words = words }

    /// - Parameters:
    ///   - status, reason: what `getaddrinfo` returned, and `errno` after it.
    init(lookupOf host: String, status: Int32, reason: Int32) {
        switch status {
        case EAI_NONAME: self.init("The name \(host) does not exist, or has no address.")
        case EAI_AGAIN: self.init("The name \(host) could not be looked up: the name servers do not answer.")
        case EAI_SYSTEM: self.init("The name \(host) could not be looked up: \(Self.words(reason)).")
        default: self.init("The name \(host) could not be looked up: \(String(cString: gai_strerror(status))).")
        }
    }

    /// - Parameters:
    ///   - place: the address, or the host and port where no address is known yet.
    ///   - isConnected: whether the connection stood when it went wrong.
    init(_ error: any Error, at place: String, within limit: Duration, isConnected: Bool = false) {
        let seconds = limit.formatted(.units(allowed: [.minutes, .seconds, .milliseconds], width: .abbreviated))
        switch error {
        case let problem as ProbeProblem: self = problem
        case is CancellationError: self.init("\(place) was not looked at: the probe was called off.")
        case ChannelError.connectTimeout(_), is Awaited<[Data]>.Overdue:
            self.init(
                isConnected
                    ? "\(place) accepts connections, but did not finish the TLS handshake within \(seconds)."
                    : "\(place) did not answer within \(seconds).")
        case is Awaited<[SocketAddress]>.Overdue:
            self.init("The name in \(place) could not be looked up within \(seconds): the name servers do not answer.")
        case let error as IOError: self.init(Self.words(error, at: place))
        case NIOSSLError.handshakeFailed(let error): self.init(Self.words(error, at: place))
        case ChannelError.eof, NIOSSLError.uncleanShutdown:
            self.init("\(place) closed the connection during the TLS handshake.")
        default: self.init("\(place) could not be probed: \(error).")
        }
    }

    private static func words(_ error: IOError, at place: String) -> String {
        switch error.errnoCode {
        case ECONNREFUSED: "\(place) refused the connection: nothing listens there, or a firewall rejects it."
        case ECONNRESET, EPIPE: "\(place) reset the connection during the TLS handshake."
        case ENETUNREACH, EHOSTUNREACH, EADDRNOTAVAIL: "\(place) can't be reached: this machine knows no way there."
        default: "\(place) could not be connected to: \(words(error.errnoCode))."
        }
    }

    private static func words(_ error: BoringSSLError, at place: String) -> String {
        guard case .sslError(let stack) = error, let first = stack.first else {
            return "\(place) closed the connection during the TLS handshake."
        }
        if first == .eofDuringHandshake { return "\(place) closed the connection during the TLS handshake." }
        // The only form in which the library tells its reasons:
        // "Error: 268435703 error:100000f7:SSL routines:OPENSSL_internal:WRONG_VERSION_NUMBER at /…:…"
        let reason = first.description.split(separator: "OPENSSL_internal:").last?.prefix { $0 != " " } ?? ""
        switch reason {
        case "WRONG_VERSION_NUMBER", "HTTP_REQUEST", "HTTPS_PROXY_REQUEST", "UNEXPECTED_RECORD", "UNEXPECTED_MESSAGE":
            return "\(place) answers, but not in TLS: is this the right port?"
        case "SSLV3_ALERT_HANDSHAKE_FAILURE", "TLSV1_ALERT_INSUFFICIENT_SECURITY":
            return "\(place) refused the handshake: it may have no certificate with this type of key for this name."
        case "TLSV1_ALERT_UNRECOGNIZED_NAME":
            return "\(place) refused the handshake: it does not know this server name."
        case "TLSV1_ALERT_PROTOCOL_VERSION", "UNSUPPORTED_PROTOCOL":
            return "\(place) speaks neither TLS 1.2 nor TLS 1.3."
        case "EXCESSIVE_MESSAGE_SIZE": return "\(place) shows a certificate chain that is too large to be one."
        case let alert where alert.contains("_ALERT_"):
            return "\(place) ended the handshake with the alert \(Self.name(alert))."
        default: return "\(place) answers in TLS that can't be understood (\(reason))."
        }
    }

    /// "TLSV1_ALERT_INTERNAL_ERROR" as "internal error".
    private static func name(_ alert: Substring) -> String {
        let name = alert.split(separator: "_ALERT_").last ?? alert
        return name.replacing("_", with: " ").lowercased()
    }

    private static func words(_ reason: Int32) -> String { String(cString: strerror(reason)) }
}
