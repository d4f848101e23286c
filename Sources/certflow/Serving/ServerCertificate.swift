import Automation
import Foundation
import PluginKit
import Profiles
import Runner
import Server
import Storage

/// Keeps the server's own certificate: makes it where there is none, and serves each new version of it.
struct ServerCertificate: Sendable {
    private let opened: OpenedHome
    private let settings: ServerSettings
    private let serving: ServingCertificate

    private static let firstWait = Duration.seconds(120)
    private static let look = Duration.seconds(10)

    init(_ opened: OpenedHome, _ settings: ServerSettings, _ serving: ServingCertificate) {
        self.opened = opened
        self.settings = settings
        self.serving = serving
    }

    /// Returns once there is something to serve with: the first version of a new certificate is awaited.
    func require() async throws {
        if try await opened.ledger.certificate(named: settings.certificate) == nil { try await make() }
        let end = ContinuousClock.now + Self.firstWait
        while true {
            try await serveNewest()
            guard serving.current.isEmpty else { return }
            guard ContinuousClock.now < end else {
                throw DeskRefusal(
                    "serve.no-certificate",
                    "\(settings.certificate), which the server is to serve with, has no version after two minutes.",
                    remedy: "`certflow explain \(settings.certificate)` says why; or name another in certflow.yaml.")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// Looks for a new version until the task is cancelled.
    func keepServing() async throws {
        while true {
            try await Task.sleep(for: Self.look)
            try await serveNewest()
        }
    }

    private func make() async throws {
        guard settings.certificate == HomeConfiguration.Server.ownCertificate else {
            throw DeskRefusal.unknownCertificate(settings.certificate)
        }
        var hosts = ["localhost", "127.0.0.1", "::1", ProcessInfo.processInfo.hostName, settings.host]
        if let host = URLComponents(string: settings.url)?.host { hosts.append(host) }
        var subjects: [Subject] = []
        for host in hosts {
            guard let subject = Subject(host), !subjects.contains(subject), !["0.0.0.0", "::"].contains(host) else {
                continue
            }
            subjects.append(subject)
        }
        let spec = CertificateSpec(
            name: settings.certificate, subjects: subjects, issuer: "local-authority",
            note: "What `certflow serve` serves with; made at its first start.")
        _ = try await opened.desk(reason: "the server needs a certificate").apply([spec], isRehearsal: false)
    }

    private func serveNewest() async throws {
        guard let record = try await opened.ledger.certificate(named: settings.certificate),
            let overview = try await opened.ledger.overview(record.id), overview.state.current > 0
        else { return }
        let number = overview.state.current
        let name = "\(record.id)/\(number)"
        guard serving.current != name, let material = try await opened.ledger.material(of: record.id, number: number),
            let sealed = material.sealedKey
        else { return }
        let key = try opened.vault.open(sealed, Vault.Place.key(of: record.id, version: number))
        try key.withBytes { try serving.serve(chain: material.chain, key: Data($0), named: name) }
    }
}
