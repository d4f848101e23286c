import Foundation
import TestPeers

/// An ACME client as its users run it: how it obtains certificates, and how it renews what is due.
protocol MeasuredClient: Sendable {
    var name: String { get }

    /// Obtains a certificate for each name.
    func obtain(_ names: [String]) throws

    /// Renews one of them.
    func renew(_ name: String) throws -> MeasuredRun

    /// Renews all of them, once, with as few commands as it can.
    func renewAll(_ names: [String]) throws -> MeasuredRun
}

/// What clients are told.
struct ClientPlace {
    var server: URL
    /// The authority of the server's HTTPS certificate.
    var bundle: URL
    /// Where a client keeps all that it has.
    var directory: String
    /// Where it may answer http-01; nobody looks.
    var httpPort: Int

    var log: String { directory + "/client.log" }

    func environment(trustedBy variable: String) -> [String: String] {
        ["HOME": directory, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", variable: bundle.path]
    }
}

/// One process for each certificate, as its users' timers start it.
struct LegoClient: MeasuredClient {
    let name = "lego"
    let place: ClientPlace

    func obtain(_ names: [String]) throws {
        for name in names { _ = try run(name, ["run"]) }
    }

    func renew(_ name: String) throws -> MeasuredRun { try run(name, ["renew", "--no-random-sleep"]) }

    func renewAll(_ names: [String]) throws -> MeasuredRun { try names.reduce(.none) { $0 + (try renew($1)) } }

    private func run(_ name: String, _ command: [String]) throws -> MeasuredRun {
        let common = ["--accept-tos", "--email", "bench@example.org", "--server", place.server.absoluteString]
        let own = ["--path", place.directory, "--http", "--http.port", "127.0.0.1:\(place.httpPort)"]
        return try MeasuredRun.run(
            try Lego.program.path(), common + own + ["--domains", name] + command,
            environment: place.environment(trustedBy: "LEGO_CA_CERTIFICATES"), log: place.log)
    }
}

/// One process for all that is due.
struct CertbotClient: MeasuredClient {
    private static let program = PeerProgram("certbot", package: "certbot")

    let name = "certbot"
    let place: ClientPlace

    func obtain(_ names: [String]) throws {
        for name in names {
            let asked = ["certonly", "--standalone", "--agree-tos", "--email", "bench@example.org", "--domain", name]
            let server = ["--server", place.server.absoluteString, "--http-01-port", "\(place.httpPort)"]
            _ = try run(asked + server)
        }
    }

    func renew(_ name: String) throws -> MeasuredRun {
        try run(["renew", "--no-random-sleep-on-renew", "--cert-name", name])
    }

    func renewAll(_ names: [String]) throws -> MeasuredRun { try run(["renew", "--no-random-sleep-on-renew"]) }

    private func run(_ arguments: [String]) throws -> MeasuredRun {
        let directories = ["config", "work", "logs"].flatMap { ["--\($0)-dir", "\(place.directory)/\($0)"] }
        return try MeasuredRun.run(
            try Self.program.path(), arguments + ["--non-interactive"] + directories,
            environment: place.environment(trustedBy: "REQUESTS_CA_BUNDLE"), log: place.log)
    }
}
