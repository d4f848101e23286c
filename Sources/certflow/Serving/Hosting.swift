import Automation
import Foundation
import Logging
import Profiles
import Runner
import Server
import ServiceLifecycle
import Storage

/// The web server of a home, beside its runner.
struct Hosting: Sendable {
    private let opened: OpenedHome
    private let settings: ServerSettings
    private let log: Logger
    let tally = WorkTally()

    init(_ opened: OpenedHome, listen: String?, log: Logger) throws {
        self.opened = opened
        self.log = log
        var server = opened.settings.server
        if let listen {
            guard let (host, port) = HomeConfiguration.address(listen) else {
                throw DeskRefusal(
                    "serve.listen", "\(listen) is no address with a port.", remedy: "Write it as 127.0.0.1:8443.")
            }
            (server.host, server.port) = (host, port)
        }
        settings = Self.settings(server, opened)
    }

    private static func settings(_ server: HomeConfiguration.Server, _ opened: OpenedHome) -> ServerSettings {
        var settings = ServerSettings()
        settings.host = server.host
        settings.port = server.port
        settings.url = server.url ?? ""
        settings.certificate = server.certificate
        settings.isBehindProxy = server.isBehindProxy
        settings.metrics = server.metrics
        settings.lives.idle = server.idle
        settings.lives.absolute = server.absolute
        settings.zone = opened.settings.defaults.zone
        settings.version = Version.text
        return settings
    }

    /// Serves until the task is cancelled.
    func serve(_ runner: Runner, _ outside: Wiring.Outside) async throws {
        let people = opened.people(settings.lives)
        defer { people.end() }
        let certificate = settings.isBehindProxy ? nil : ServingCertificate()
        let keeper = certificate.map { ServerCertificate(opened, settings, $0) }
        try await keeper?.require()
        let house = House(
            outside: Wiring.dependencies(opened, outside), people: people, settings: settings, wake: { runner.wake() },
            lastPass: { runner.lastPass }, files: opened.home.profileFiles, tally: tally, log: log,
            defaults: opened.settings.defaults, auditKey: opened.auditKey)
        try await house.prepare()
        let invitation = try await firstInvitation(people)
        let server = WebServer(house, certificate: certificate) { [settings, log] port in
            let url = settings.url.isEmpty ? Self.url(settings, port) : settings.url
            Console.line("Serving at \(url)")
            if let invitation {
                Console.line("Nobody can sign in yet. This link makes the first administrator, once, within a day:")
                Console.line("  \(url)/setup?code=\(invitation)")
            }
            log.info("serving", metadata: ["url": "\(url)"])
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            if let keeper { group.addTask { try await keeper.keepServing() } }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private static func url(_ settings: ServerSettings, _ port: Int) -> String {
        let scheme = settings.isBehindProxy ? "http" : "https"
        let host = ["127.0.0.1", "::1", "0.0.0.0", "::"].contains(settings.host) ? "localhost" : settings.host
        return "\(scheme)://\(host):\(port)"
    }

    /// Where there is no account, one for whoever reads this.
    private func firstInvitation(_ people: People) async throws -> String? {
        let accounts = try await people.all()
        guard accounts.allSatisfy({ !$0.canSignIn }) else { return nil }
        guard let first = accounts.first(where: { $0.role == .administrator && !$0.isDisabled }) else {
            let account = Server.Account(name: "administrator", role: .administrator, createdAt: Instant(Date()))
            return try await people.add(account, by: Account.name)
        }
        return try await people.invite(first.name, by: Account.name)
    }
}

extension OpenedHome {
    func people(_ lives: People.Lives = People.Lives()) -> People {
        People(
            ledger: ledger, now: { Instant(Date()) }, entropy: Randomness.bytes, lives: lives,
            cost: PasswordCost.current)
    }
}

/// How dear hashing a password is. Tests make it cheap: a debug build takes seconds for the real one.
enum PasswordCost {
    static var current: PasswordHash.Cost {
        guard let text = ProcessInfo.processInfo.environment["CERTFLOW_TEST_SCRYPT_ROUNDS"], let rounds = Int(text),
            (2...1 << 17).contains(rounds), rounds & (rounds - 1) == 0
        else { return .usual }
        return PasswordHash.Cost(rounds: rounds)
    }
}
