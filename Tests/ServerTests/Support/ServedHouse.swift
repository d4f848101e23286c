import Automation
import FilesystemPublisher
import Foundation
import LocalAuthority
import Logging
import PluginKit
import Profiles
import Runner
import Storage
import Synchronization
import TestPeers
import Testing

@testable import Server

/// A whole certflow in a test: a ledger in memory, a local authority, files in a directory of its own, a runner where
/// it is wanted, and the real server on a port that was free.
struct ServedHouse: Sendable {
    let house: House
    /// Of nobody who signed in.
    let client: TestClient
    let directory: URL
    let time: Time

    /// The wall clock, that tests set forward.
    final class Time: Sendable {
        private let offset = Mutex(Span.zero)
        var now: Instant { Instant(Date()) + offset.withLock { $0 } }
        func pass(_ span: Span) { offset.withLock { $0 = $0 + span } }
    }

    var ledger: any Ledger { house.ledger }

    /// Runs a server while `body` talks to it.
    /// - Parameter hasRunner: whether what is asked for is done as well.
    static func withServing<Result: Sendable>(
        hasRunner: Bool = false, ledger: (any Ledger)? = nil,
        _ body: @escaping @Sendable (ServedHouse) async throws -> Result
    ) async throws -> Result {
        try await withTemporaryDirectory { directory in
            let (time, workers) = (Time(), WorkerThreads(count: 2))
            defer { workers.end() }
            let outside = try outside(try ledger ?? memory(), directory, time, workers)
            try FileManager.default.createDirectory(
                at: directory.appending(path: "published"), withIntermediateDirectories: true)
            try await makeAuthority(outside)
            let runner = Runner(outside)
            let house = house(outside, directory, time) { runner.wake() }
            defer { house.people.end() }
            let (ports, port) = AsyncStream.makeStream(of: Int.self)
            let server = WebServer(house, certificate: nil) { port.yield($0) }
            return try await withThrowingTaskGroup(of: Result?.self) { group in
                group.addTask {
                    try await server.run()
                    return nil
                }
                if hasRunner {
                    group.addTask {
                        try await runner.run(.untilStopped)
                        return nil
                    }
                }
                var started = ports.makeAsyncIterator()
                let port = try #require(await started.next())
                group.addTask {
                    try await body(
                        ServedHouse(house: house, client: TestClient(port: port), directory: directory, time: time))
                }
                defer {
                    runner.stop()
                    group.cancelAll()
                }
                while let ending = try await group.next() {
                    if let result = ending { return result }
                }
                throw TestClient.NoAnswer()
            }
        }
    }

    /// As `init` makes it.
    private static func makeAuthority(_ outside: RunnerDependencies) async throws {
        for profile in outside.profiles.current.issuing.values where profile.issuer == LocalAuthority.manifest.name {
            let options = try profile.options.render(TemplateVariables()) { _ in Secret([]) }
            let state = SealedPluginState(
                ledger: outside.ledger, vault: outside.vault, scope: "issuing/\(profile.name)", actor: "init",
                now: outside.clock.now)
            _ = try await LocalAuthority.create(
                options, PluginContext(state: state, clock: AuthorityClock(), entropy: outside.entropy))
        }
    }

    private struct AuthorityClock: WallClock {
        var now: Date { Date() }
        func sleep(until instant: Date) async throws {}
    }

    private static let key = Secret32([UInt8](repeating: 1, count: 32))

    private static func memory() throws -> MemoryLedger {
        MemoryLedger(auditKey: try #require(key), chain: "chain")
    }

    private static func entropy(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8.random(in: 0...255) } }

    private static func outside(
        _ ledger: any Ledger, _ directory: URL, _ time: Time, _ workers: WorkerThreads
    ) throws -> RunnerDependencies {
        let master = try #require(Secret32([UInt8](repeating: 2, count: 32)))
        let registry = Registry(
            publishers: [FilesystemPublisher.backend()], issuers: [LocalAuthority.backend, Teller.backend])
        let start = ContinuousClock.now
        return RunnerDependencies(
            ledger: ledger,
            clock: RunnerClock(
                now: { time.now }, monotonic: { ContinuousClock.now - start }, sleep: { try await Task.sleep(for: $0) }),
            registry: registry, profiles: ProfileShelf(try profiles(directory, registry)),
            vault: Vault(master: master, entropy: entropy), tools: .live(workers: workers), probe: { _ in [] },
            runCommand: { _ in throw TestClient.NoAnswer() }, send: nil, entropy: entropy)
    }

    private static func profiles(_ directory: URL, _ registry: Registry) throws -> ProfileSet {
        let files = """
            profile: files
            publisher: filesystem
            with:
              directory: \(directory.path)/published/{{certificate.name}}
              files:
                - {name: fullchain.pem, content: fullchain}
                - {name: privkey.pem, content: privateKey}
            """
        let authority = """
            profile: local-authority
            issuer: local-authority
            with: {lifetime: 30d}
            """
        let publishing = PublishingProfile.read(SourceFile(files, path: "files.yaml"), registry: registry)
        let issuing = IssuingProfile.read(SourceFile(authority, path: "local-authority.yaml"), registry: registry)
        let teller = IssuingProfile.read(
            SourceFile("profile: teller\nissuer: teller\n", path: "teller.yaml"), registry: registry)
        return ProfileSet(
            publishing: ["files": try #require(publishing.profile, "\(publishing.problems)")],
            issuing: [
                "local-authority": try #require(issuing.profile, "\(issuing.problems)"),
                "teller": try #require(teller.profile, "\(teller.problems)"),
            ])
    }

    private static func house(
        _ outside: RunnerDependencies, _ directory: URL, _ time: Time, wake: @escaping @Sendable () -> Void
    ) -> House {
        var settings = ServerSettings()
        settings.port = 0
        settings.isBehindProxy = true
        settings.url = "https://certflow.example"
        let people = People(
            ledger: outside.ledger, now: { time.now }, entropy: entropy, cost: .init(rounds: 2, blockSize: 1))
        return House(
            outside: outside, people: people, settings: settings, wake: wake, lastPass: { time.now },
            files: files(directory), log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, auditKey: key)
    }

    private static func files(_ directory: URL) -> ProfileFiles {
        let texts = Texts()
        return ProfileFiles(
            read: { kind, name in texts.all.withLock { $0["\(kind)/\(name)"] } },
            write: { kind, name, text in texts.all.withLock { $0["\(kind)/\(name)"] = text } },
            remove: { kind, name in texts.all.withLock { $0["\(kind)/\(name)"] = nil } })
    }

    private final class Texts: Sendable {
        let all = Mutex<[String: String]>([:])
    }

    // MARK: People

    /// A client with a token of an account made for it.
    func client(
        _ role: Role, scope: [String: String] = [:], name: String? = nil
    ) async throws -> TestClient {
        let name = name ?? "\(role.rawValue)-\(scope.count)"
        if try await house.people.account(name) == nil {
            _ = try await house.people.add(
                Account(name: name, role: role, scope: scope, createdAt: time.now), by: "test")
        }
        let (secret, _) = try await house.people.issueToken(
            for: name, called: "test", role: nil, scope: [:], life: .days(1), by: "test")
        return client.as(.token(secret))
    }

    /// A client with a session of an account made for it.
    func session(
        _ role: Role, scope: [String: String] = [:], exportsKeys: Bool = false, name: String = "somebody"
    ) async throws -> TestClient {
        if try await house.people.account(name) == nil {
            var account = Account(name: name, role: role, scope: scope, createdAt: time.now)
            account.exportsKeys = exportsKeys
            _ = try await house.people.add(account, by: "test")
        }
        let (id, write) = try house.people.begin(name, address: "test", agent: "test", now: time.now)
        try await house.people.commit([write], [])
        let csrf = try #require(try await house.people.principal(ofSession: id)?.csrf)
        return client.as(.session(id, csrf: csrf))
    }

    // MARK: Certificates

    func add(_ names: String..., labels: [String: String] = [:], isPublished: Bool = false) async throws {
        let specs = try names.map { name in
            var flow = Flow()
            flow.rules.publicationEnabled = isPublished
            if isPublished { flow.profiles = ["files"] }
            return CertificateSpec(
                name: name, subjects: [try #require(Subject(name))], issuer: "local-authority", labels: labels,
                flow: flow)
        }
        let desk = Desk(
            ledger: ledger, profiles: house.profiles, registry: house.outside.registry, person: Person(name: "test"),
            now: { time.now }, entropy: house.outside.entropy)
        _ = try await desk.apply(specs, isRehearsal: false)
        house.wake()
    }
}
