import Automation
import Foundation
import Logging
import PluginKit
import Profiles
import Runner
import Storage
import Synchronization

@testable import Server
@testable import SimulationKit

/// A house with people in it, served over a socket of its own.
struct GuardHouse: Sendable {
    static let start = ListingHouse.now
    static let password = "seven green bottles"
    static let certificate = "www.example.com"
    /// Of another team than the scoped person's.
    static let foreign = "foreign.example.com"

    let listing: ListingHouse
    let ledger: StubbornLedger
    let clock = GuardClock(GuardHouse.start)
    let log = GuardLog()
    let people: People
    let house: House

    init(
        behindProxy: Bool = true, cost: PasswordHash.Cost = .init(rounds: 16, blockSize: 1),
        patience: ServerSettings.Patience = .init(),
        metrics: HomeConfiguration.Server.MetricsReaders = .local,
        onHashing: @escaping @Sendable () -> Void = {}, registry: Registry = Registry(publishers: [], issuers: []),
        _ profiles: ProfileSet? = nil
    ) async throws {
        listing = try ListingHouse()
        var mine = ListingHouse.Plan(Self.certificate)
        mine.labels = ["team": "web"]
        mine.rules.renewalEnabled = true
        try await listing.add(mine)
        var other = ListingHouse.Plan(Self.foreign)
        other.labels = ["team": "mail"]
        try await listing.add(other)
        ledger = StubbornLedger(listing.ledger)
        let clock = clock
        let now: @Sendable () -> Instant = { clock.now }
        people = People(
            ledger: ledger, now: now, entropy: Self.random,
            hasher: PasswordHasher(cost: cost, entropy: Self.random, onHashing: onHashing))
        let outside = RunnerDependencies(
            ledger: ledger,
            clock: RunnerClock(now: now, monotonic: { .zero }, sleep: { try await Task.sleep(for: $0) }),
            registry: registry,
            profiles: ProfileShelf(profiles ?? listing.shelf.set), vault: .transparent,
            tools: .synthetic(Self.random), probe: { _ in [] },
            runCommand: { _ in throw PluginFailure(.configuration, code: "test.none", message: "none", remedy: "none")
            },
            send: nil, entropy: Self.random)
        var settings = ServerSettings()
        settings.port = 0
        settings.isBehindProxy = behindProxy
        settings.patience = patience
        settings.metrics = metrics
        let log = log
        house = House(
            outside: outside, people: people, settings: settings, wake: {}, lastPass: { clock.now },
            files: ProfileFiles(read: { _, _ in nil }, write: { _, _, _ in }),
            log: Logger(label: "test") { _ in GuardLog.Handler(log: log) },
            auditKey: Secret32([UInt8](repeating: 1, count: 32)))
    }

    /// Serves for as long as `body` runs.
    static func served<Result: Sendable>(
        _ house: GuardHouse, certificate: ServingCertificate? = nil,
        _ body: @escaping @Sendable (GuardHouse, GuardClient) async throws -> Result
    ) async throws -> Result {
        let (ports, found) = AsyncStream.makeStream(of: Int.self)
        let server = WebServer(house.house, certificate: certificate) { found.yield($0) }
        return try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask {
                try await server.run()
                return nil
            }
            group.addTask {
                var iterator = ports.makeAsyncIterator()
                guard let port = await iterator.next() else { throw CancellationError() }
                return try await body(house, GuardClient(port: port))
            }
            defer {
                group.cancelAll()
                house.people.end()
            }
            while let result = try await group.next() {
                if let result { return result }
            }
            throw CancellationError()
        }
    }

    static func served<Result: Sendable>(
        _ body: @escaping @Sendable (GuardHouse, GuardClient) async throws -> Result
    ) async throws -> Result {
        try await served(GuardHouse(), body)
    }

    static let random: @Sendable (Int) -> [UInt8] = { count in
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }

    // MARK: People

    /// Puts an account in its place, whatever stood there.
    @discardableResult
    func seat(_ name: String, _ role: Role, scope: [String: String] = [:], _ change: (inout Account) -> Void = { _ in })
        async throws -> Account
    {
        var account = Account(name: name, role: role, scope: scope, createdAt: Self.start)
        account.password = try PasswordHash(
            Self.password, salt: Data(repeating: 7, count: 16), cost: .init(rounds: 16, blockSize: 1))
        change(&account)
        try await put(.account, name, account)
        return account
    }

    func put(
        _ kind: DocumentRecord.Kind, _ key: String, owner: String = "", _ body: some Encodable
    ) async throws {
        let known = try await ledger.document(kind, key)
        try await people.commit([people.record(kind, key, owner: owner, replacing: known, body)], [])
    }

    /// A session that began and was last seen so long ago.
    func session(of name: String, began: Span = .zero, seen: Span = .zero) async throws -> GuardSession {
        let (id, now) = (people.newSecret(), clock.now)
        let session = Session(
            account: name, createdAt: now - began, seenAt: now - seen, endsAt: now - began + people.lives.absolute,
            provedAt: now - began, address: "192.0.2.1", agent: "test")
        try await put(.session, People.key(id), owner: name, session)
        return GuardSession(id: id)
    }

    func token(
        of name: String, role: Role, scope: [String: String] = [:], life: Span = .days(1), _ secret: String? = nil
    ) async throws -> String {
        let secret = secret ?? People.tokenPrefix + people.newSecret()
        let token = AccessToken(
            id: People.key(secret), account: name, name: "robot", role: role, scope: scope,
            createdAt: clock.now - .days(2), endsAt: clock.now + life, usedAt: nil)
        try await put(.token, token.id, owner: name, token)
        return secret
    }

    func events(_ kind: String) async throws -> [Event] {
        try await ledger.latestEvents(certificate: nil, limit: 1000).filter { $0.draft.kind == kind }
    }
}

struct GuardSession: Sendable {
    let id: String
    var csrf: String { People.key("csrf " + id) }
    var cookie: String { "\(SessionCookie.name)=\(id)" }
}

/// A wall clock that moves when a test says so.
final class GuardClock: Sendable {
    private let instant: Mutex<Instant>
    init(_ start: Instant) { instant = Mutex(start) }
    var now: Instant { instant.withLock { $0 } }
    func pass(_ span: Span) { instant.withLock { $0 = $0 + span } }
}

/// What the server wrote into its log.
final class GuardLog: Sendable {
    private let written = Mutex<[String]>([])
    var lines: [String] { written.withLock { $0 } }
    func says(_ parts: String...) -> Bool { lines.contains { line in parts.allSatisfy { line.contains($0) } } }

    struct Handler: LogHandler {
        let log: GuardLog
        var metadata: Logger.Metadata = [:]
        var logLevel: Logger.Level = .trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let line = "\(event.level) \(event.message) \(event.metadata.map { "\($0)" } ?? "")"
            log.written.withLock { $0.append(line) }
        }
    }
}
