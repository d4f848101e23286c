import Foundation
import Synchronization
import TestPeers

/// An ACME server on loopback that keeps to RFC 8555 and RFC 9773, watches that its clients do, and breaks its own word
/// where it is told to.
public final class HostileAuthority: Sendable {
    public let directoryURL: URL
    /// The authority of its own HTTPS certificate (PEM), which clients have to trust. None of what it issues.
    public let bundle: URL
    private let directory: URL
    private let settings: Settings
    private let desk: Mutex<Desk>
    private let elsewhere: Elsewhere

    private init(_ settings: Settings, port: Int, bundle: URL, directory: URL, elsewhere: Elsewhere) throws {
        guard let url = URL(string: "https://127.0.0.1:\(port)/directory") else { throw PeerFailure("No URL: \(port)") }
        directoryURL = url
        self.bundle = bundle
        self.directory = directory
        self.settings = settings
        self.elsewhere = elsewhere
        desk = Mutex(try Desk(settings, port: port, elsewhere: (elsewhere.insecurePort, elsewhere.foreignPort)))
    }

    /// Runs it beside `body`.
    /// - Parameter directory: takes its files.
    public static func withRunning<Result: Sendable>(
        _ settings: Settings = Settings(), in directory: URL, isolation: isolated (any Actor)? = #isolation,
        _ body: (HostileAuthority) async throws -> Result
    ) async throws -> Result {
        let certificate = try await LoopbackCertificate.make(in: directory)
        let server = try await LoopbackServer.listen(certificate)
        let elsewhere = try await Elsewhere.listen()
        defer { elsewhere.close() }
        let authority = try HostileAuthority(
            settings, port: server.port, bundle: certificate.authority, directory: directory, elsewhere: elsewhere)
        return try await server.serve({ await authority.answer($0) }) { try await body(authority) }
    }

    /// Runs one that misbehaves from its start.
    public static func withRunning<Result: Sendable>(
        _ misbehaviours: Misbehaviour..., in directory: URL, isolation: isolated (any Actor)? = #isolation,
        _ body: (HostileAuthority) async throws -> Result
    ) async throws -> Result {
        try await withRunning(Settings(misbehaviours), in: directory, body)
    }

    // MARK: What tests ask and tell

    /// From now on it misbehaves in these ways and no others; none: it behaves.
    public func behave(_ misbehaviours: Misbehaviour...) { behave(misbehaviours) }
    public func behave(_ misbehaviours: [Misbehaviour]) { desk.withLock { $0.behave(misbehaviours) } }

    /// All requests so far.
    public var requests: [Asked] { desk.withLock { $0.asked } }
    public func count(_ kind: RequestKind) -> Int { requests.count { $0.kind == kind } }

    /// What it signed so far, flawed or not.
    public var issued: [Issued] { desk.withLock { $0.issued } }

    /// How clients broke the protocol, in words; empty for good ones.
    public var violations: [String] { desk.withLock { $0.violations } }

    /// Connections to the places where `URLPlace.insecure`, `URLPlace.foreign` and redirects lead.
    public var strays: Int { elsewhere.connections }

    /// Its roots (PEM): that of the chain offered first, then those of the alternates.
    public func roots() throws -> [String] {
        try desk.withLock { desk in
            try desk.authority.roots.map { try $0.certificate.serializeAsPEM().pemString + "\n" }
        }
    }

    /// URLs of the accounts that are known, by the thumbprint of their key.
    public var accounts: [String: String] { desk.withLock { $0.accountURLs } }

    // MARK: Answers

    private func answer(_ request: ServedRequest) async -> Reply {
        let finding = await validate(request)
        return desk.withLock { $0.answer(request, finding) }
    }

    /// Looks for the answer of the http-01 challenge that `request` is about (RFC 8555, 8.3).
    /// - Returns: nil where it is there, or nobody looks.
    private func validate(_ request: ServedRequest) async -> Problem? {
        guard let port = settings.httpPort, let wanted = desk.withLock({ $0.wanted(by: request) }) else { return nil }
        do {
            let url = try URL(validating: "http://\(wanted.name)/.well-known/acme-challenge/\(wanted.token)")
            let answer = try await Curl(in: directory).get(url, connectingTo: "127.0.0.1:\(port)")
            let body = answer.body.trimmingCharacters(in: .whitespacesAndNewlines)
            guard answer.status == 200, body == wanted.keyAuthorization else {
                return Problem(403, "unauthorized", "\(wanted.name) answered \(answer.status), not as it should.")
            }
            return nil
        } catch {
            return Problem(400, "connection", "Nobody answered for \(wanted.name).")
        }
    }
}

extension URL {
    fileprivate init(validating text: String) throws {
        guard let url = URL(string: text) else { throw PeerFailure("No URL: \(text)") }
        self = url
    }
}
