import Foundation

/// Pebble's companion: a DNS server, and servers for the answers of challenges, that do as they are told.
public struct Challtestsrv: Sendable {
    public static let program = PeerProgram("pebble-challtestsrv", package: "pebble")

    /// "127.0.0.1:18053": answers each name with 127.0.0.1 where nothing else was said.
    public let dnsServer: String
    /// Where it answers http-01 and tls-alpn-01.
    public let httpPort: Int
    public let tlsPort: Int
    private let management: Int
    private let curl: Curl

    /// Runs it beside `body`.
    ///
    /// - Parameters:
    ///   - answers: whether it also serves http-01 and tls-alpn-01; where not, its two ports are free for others.
    ///   - directory: takes its files.
    public static func withRunning<Result: Sendable>(
        answering answers: Bool = false, in directory: URL, isolation: isolated (any Actor)? = #isolation,
        _ body: (Challtestsrv) async throws -> Result
    ) async throws -> Result {
        try await FreePort.start { management in
            let (dns, http, tls) = (try FreePort.next(), try FreePort.next(), try FreePort.next())
            let arguments = [
                "-management", "127.0.0.1:\(management)", "-dns01", "127.0.0.1:\(dns)", "-https01", "",
                "-defaultIPv4", "127.0.0.1", "-defaultIPv6", "",
                "-http01", answers ? "127.0.0.1:\(http)" : "", "-tlsalpn01", answers ? "127.0.0.1:\(tls)" : "",
            ]
            let ports = [management, dns] + (answers ? [http, tls] : [])
            let places = ports.compactMap { Loopback(address: "127.0.0.1", port: $0) }
            return try await program.serve(arguments, in: directory, until: { places.allSatisfy(\.accepts) }) {
                try await body(
                    Challtestsrv(
                        dnsServer: "127.0.0.1:\(dns)", httpPort: http, tlsPort: tls, management: management,
                        curl: Curl(in: directory)))
            }
        }
    }

    /// Has `name` resolve to these IPv4 addresses.
    public func resolve(_ name: String, to addresses: [String]) async throws {
        try await tell("add-a", ["host": Self.absolute(name), "addresses": addresses])
    }

    /// Adds a TXT record beside those that `name` has.
    public func addText(_ value: String, to name: String) async throws {
        try await tell("set-txt", ["host": Self.absolute(name), "value": value])
    }

    /// Removes all TXT records of `name`.
    public func clearText(of name: String) async throws {
        try await tell("clear-txt", ["host": Self.absolute(name)])
    }

    /// Has `name` be an alias.
    public func alias(_ name: String, to target: String) async throws {
        try await tell("set-cname", ["host": Self.absolute(name), "target": Self.absolute(target)])
    }

    /// Has all questions about `name` answered by SERVFAIL, until `recover`.
    public func fail(_ name: String) async throws { try await tell("set-servfail", ["host": Self.absolute(name)]) }
    public func recover(_ name: String) async throws { try await tell("clear-servfail", ["host": Self.absolute(name)]) }

    /// Serves the answer of an http-01 challenge.
    public func serve(token: String, keyAuthorization: String) async throws {
        try await tell("add-http01", ["token": token, "content": keyAuthorization])
    }

    /// Serves the answer of a tls-alpn-01 challenge.
    public func serve(name: String, keyAuthorization: String) async throws {
        try await tell("add-tlsalpn01", ["host": name, "content": keyAuthorization])
    }

    private func tell(_ what: String, _ members: [String: any Sendable]) async throws {
        guard let url = URL(string: "http://127.0.0.1:\(management)/\(what)") else {
            throw PeerFailure("No URL: \(what)")
        }
        let answer = try await curl.post(members, to: url)
        guard answer.status == 200 else {
            throw PeerFailure("pebble-challtestsrv answered \(what) with \(answer.status): \(answer.body)")
        }
    }

    private static func absolute(_ name: String) -> String { name.hasSuffix(".") ? name : name + "." }
}
