import Foundation

/// The ACME client `lego`: judges the servers that our own client is tested against.
public struct Lego: Sendable {
    public static let program = PeerProgram("lego", package: "lego")

    private let server: URL
    private let bundle: URL
    private let directory: URL
    private let httpPort: Int
    private let account: [String]

    /// - Parameters:
    ///   - server: the URL of the server's directory.
    ///   - bundle: the authorities that it trusts (PEM).
    ///   - directory: where it keeps its account and certificates, and runs.
    ///   - httpPort: where it answers http-01.
    ///   - externalAccount: identifier and key (base64url) of the account elsewhere that its own is bound to.
    public init(
        server: URL, trusting bundle: URL, in directory: URL, httpPort: Int,
        externalAccount: (identifier: String, key: String)? = nil
    ) {
        self.server = server
        self.bundle = bundle
        self.directory = directory
        self.httpPort = httpPort
        account = externalAccount.map { ["--eab", "--kid", $0.identifier, "--hmac", $0.key] } ?? []
    }

    /// Obtains a certificate and keeps it with its chain.
    /// - Returns: the certificate, then those of its issuers (PEM).
    /// - Throws: `PeerFailure` with what it said where it was given none.
    @discardableResult
    public func obtain(_ names: [String]) async throws -> URL {
        try await run(names, ["run"])
        return directory.appending(path: ".lego/certificates/\(names.first ?? "").crt")
    }

    /// Renews what it obtained, due or not.
    public func renew(_ names: [String]) async throws {
        try await run(names, ["renew", "--days", "100000", "--no-random-sleep"])
    }

    /// Revokes what it obtained, and keeps it.
    public func revoke(_ names: [String], reason: Int = 0) async throws {
        try await run(names, ["revoke", "--keep", "--reason", "\(reason)"])
    }

    private func run(_ names: [String], _ command: [String]) async throws {
        let common = ["--accept-tos", "--email", "lego@example.org", "--server", server.absoluteString]
        let solving = ["--http", "--http.port", "127.0.0.1:\(httpPort)", "--path", directory.path + "/.lego"]
        try await Self.program.run(
            common + account + solving + names.flatMap { ["--domains", $0] } + command, in: directory,
            environment: ["LEGO_CA_CERTIFICATES": bundle.path])
    }
}
