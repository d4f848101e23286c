import Automation
import Certificates
import Foundation
import LocalAuthority
import Logging
import PluginKit
import Profiles
import Runner
import Storage
import Synchronization
import Testing

@testable import Server
@testable import SimulationKit

/// A house with two certificates, served on loopback, and people of each role in it.
final class PageHouse: Sendable {
    static let now = Instant(rfc3339: "2026-11-24T09:42:00Z") ?? .distantPast

    let ledger: MemoryLedger
    let house: House
    let texts = Mutex<[String: String]>([:])
    let checks = Mutex(0)

    static let fleet = """
        # verified: by test
        profile: fleet
        description: Two front ends
        publisher: files
        with:
          user: deploy
          password: {secret: deploy-key}
          place: /etc/tls/{{certificate.name}}
        targets:
          - {name: web-1, host: web-1.example.net}
          - {name: web-2, host: web-2.example.net}

        """

    private static let manifest = Manifest(
        name: "files", kind: .publisher, version: "1", summary: "Files.", capabilities: [.check],
        contents: [.fullchain],
        options: OptionSchema([
            .init("host", .host, required: true, role: .target, "the machine"),
            .init("user", .text, required: true, role: .manner, "the account to sign in with"),
            .init("port", .integer(1...65_535), role: .target, "the port, by default 22"),
            .init("password", .secret, role: .manner, "of the account"),
            .init("place", .path, role: .place, "where the files go"),
            .init("layout", .choice(["flat", "versioned"]), "how the files lie"),
            .init("overwrite", .flag, "replaces files of others"),
            .init("groups", .list(.text), "who may read"),
        ]))

    private struct Files: Publisher {
        let checked: @Sendable () -> Void

        func check(_ delivery: Delivery) async throws -> CheckReport {
            checked()
            guard delivery.target.hasSuffix("web-1") else {
                return CheckReport([
                    .init(.problem, "unknown host key <script>alert(1)</script>", remedy: "Ask its owner.")
                ])
            }
            return CheckReport([.init(.fact, "signed in as deploy")])
        }
        func inspect(_ delivery: Delivery) async throws -> Presence { throw CancellationError() }
        func publish(_ delivery: Delivery, _ journal: any Journal) async throws -> Receipt { throw CancellationError() }
        func rollback(_ delivery: Delivery, to handle: Handle, _ journal: any Journal) async throws -> Receipt {
            throw CancellationError()
        }
    }

    private final class Later: Sendable {
        let house = Mutex<PageHouse?>(nil)
    }

    init(url: String = "https://certflow.example.net") async throws {
        let key = try #require(Secret32([UInt8](repeating: 9, count: 32)))
        ledger = MemoryLedger(auditKey: key, chain: "test")
        let later = Later()
        let files = Backend<any Publisher>(Self.manifest) { _, _ in
            Files { later.house.withLock { $0 }?.checks.withLock { $0 += 1 } }
        }
        let registry = Registry(publishers: [files], issuers: [LocalAuthority.backend])
        let seed = Mutex<UInt8>(0)
        let entropy: @Sendable (Int) -> [UInt8] = { count in
            seed.withLock { seed in
                (0..<count).map { _ in
                    seed = seed &* 167 &+ 13
                    return seed
                }
            }
        }
        let shelf = ProfileShelf(
            stamp: { later.house.withLock { $0 }?.stamp ?? "" },
            load: { ProfileShelf.Reading(set: later.house.withLock { $0 }?.set(registry) ?? ProfileSet()) })
        let outside = RunnerDependencies(
            ledger: ledger, clock: RunnerClock(now: { Self.now }, monotonic: { .zero }, sleep: { _ in }),
            registry: registry,
            profiles: shelf, vault: .transparent, tools: .synthetic(entropy), probe: { _ in [] },
            runCommand: { _ in throw CancellationError() }, send: nil, entropy: entropy)
        var settings = ServerSettings()
        settings.port = 0
        settings.isBehindProxy = true
        settings.url = url
        let people = People(ledger: ledger, now: { Self.now }, entropy: entropy, cost: PasswordHash.Cost(rounds: 2))
        house = House(
            outside: outside, people: people, settings: settings, wake: { _ = shelf.refresh() }, lastPass: { Self.now },
            files: ProfileFiles(
                read: { kind, name in later.house.withLock { $0 }?.texts.withLock { $0["\(kind)/\(name)"] } },
                write: { kind, name, text in
                    later.house.withLock { $0 }?.texts.withLock { $0["\(kind)/\(name)"] = text }
                },
                remove: { kind, name in
                    later.house.withLock { $0 }?.texts.withLock { $0["\(kind)/\(name)"] = nil }
                }), log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, auditKey: key)
        texts.withLock {
            $0["publishing/fleet"] = Self.fleet
            $0["issuing/own"] = "profile: own\nissuer: local-authority\nwith: {lifetime: 90d}\n"
        }
        later.house.withLock { $0 = self }
        _ = shelf.refresh()
        // The ids that stand below are taken.
        _ = try await ledger.newIDs(100)
        try await add("www.example.com", id: 1, labels: ["team": "web"])
        try await add("shop.example.com", id: 2, labels: ["team": "shop"])
    }

    private var stamp: String {
        texts.withLock { $0.sorted { $0.key < $1.key }.map { "\($0.key)\n\($0.value)" }.joined() }
    }

    private func set(_ registry: Registry) -> ProfileSet {
        var set = ProfileSet()
        for (path, text) in texts.withLock({ $0 }) {
            let name = String(path.split(separator: "/").last ?? "")
            let source = SourceFile(text, path: "\(path).yaml")
            if path.hasPrefix("publishing/") {
                set.publishing[name] = PublishingProfile.read(source, stem: name, registry: registry).profile
            } else {
                set.issuing[name] = IssuingProfile.read(source, stem: name, registry: registry).profile
            }
        }
        return set
    }

    private func add(_ name: String, id: Int64, labels: [String: String]) async throws {
        let life = Life(notBefore: Self.now - .days(30), notAfter: Self.now + .days(60))
        let record = CertificateRecord(
            id: id, name: name, subjects: [.dns(name)], issuer: "own", labels: labels,
            flow: Flow(rules: FlowRules(publicationEnabled: true), profiles: ["fleet"]), seed: id,
            createdAt: life.notBefore)
        var state = RenewalState(certificate: id)
        (state.current, state.life, state.storedAt) = (1, life, life.notBefore)
        let version = VersionRecord(
            certificate: id, number: 1, predecessor: 0, subjects: record.subjects,
            fingerprint: Fingerprint(sha256: Data(repeating: UInt8(id), count: 32)), serial: "1", issuerName: "ca",
            life: life,
            storedAt: life.notBefore, source: .issued, keyType: .ecdsaP256, issuer: "own")
        let attempt = AttemptRecord(
            work: WorkKey(.renewal, id), certificate: id, version: 1, startedAt: Self.now - .hours(1),
            endedAt: Self.now - .minutes(59), outcome: id == 1 ? .failed : .succeeded,
            code: id == 1 ? "test.failed" : nil,
            message: id == 1 ? "the CA says <img src=x onerror=alert(1)>" : nil)
        let writes: [Change.Write] = [
            .addCertificate(record), .putRenewal(state),
            .addVersion(version, VersionMaterial(chain: [], sealedKey: nil)),
            .addAttempt(attempt),
        ]
        let event = EventDraft(
            at: Self.now - .days(1), actor: "mara", kind: "certificate.changed", certificate: name,
            reason: "why <script>alert(1)</script>", detail: ["what": "renewal: automatic -> 30 days before expiration"]
        )
        #expect(try await ledger.commit(Change(writes, events: [event])) == .applied)
    }

    /// Signs somebody in who just gave the password.
    func client(
        _ role: Role, scope: [String: String] = [:], _ port: Int, _ workers: WorkerThreads, name: String? = nil,
        provedAgo: Span = .zero
    ) async throws -> PageClient {
        let name = name ?? "\(role.rawValue)-\(scope.isEmpty ? "all" : "some")"
        let people = house.people
        if try await people.account(name) == nil {
            var account = Account(name: name, role: role, scope: scope, createdAt: Self.now)
            account.password = try await people.hasher.hash("four words of old")
            try await people.commit([try people.record(.account, name, account)], [])
        }
        let (id, _) = try people.begin(name, address: "192.0.2.1", agent: "test", now: Self.now)
        let session = Session(
            account: name, createdAt: Self.now, seenAt: Self.now, endsAt: Self.now + .hours(12),
            provedAt: Self.now - provedAgo, address: "192.0.2.1", agent: "<b>agent</b>")
        let write = try people.record(.session, People.key(id), owner: name, endsAt: session.endsAt, session)
        try await people.commit([write], [])
        return PageClient(port: port, workers: workers, cookie: id, csrf: People.key("csrf " + id))
    }

    /// Serves while `body` runs.
    /// - Parameter url: how the server is reached, as its settings say.
    static func served(
        url: String = "https://certflow.example.net", _ body: (PageHouse, Int, WorkerThreads) async throws -> Void
    ) async throws {
        let house = try await PageHouse(url: url)
        let workers = WorkerThreads(count: 2)
        defer {
            workers.end()
            house.house.people.end()
        }
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        let server = WebServer(house.house, certificate: nil) { port.yield($0) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            var iterator = ports.makeAsyncIterator()
            let number = try #require(await iterator.next())
            defer { group.cancelAll() }
            try await body(house, number, workers)
        }
    }

    func events(_ kind: String) async throws -> [Event] {
        try await ledger.latestEvents(certificate: nil, limit: 1000).filter { $0.draft.kind == kind }
    }
}
