import Automation
import Foundation
import HTTPTypes
import Logging
import NIOCore
import PluginKit
import Profiles
import Runner
import Storage
import Synchronization
import Testing

@testable import Server
@testable import SimulationKit

/// A certificate with two versions on two targets, one of which fails, and the routes of its pages.
final class CertificateHouse: Sendable {
    static let start = Instant(rfc3339: "2027-01-12T09:42:00Z") ?? .distantPast
    static let name = "shop.example.com"
    static let hostile = "x\"'><script>alert(\"x\")</script>&"
    static let labels = ["team": "web"]

    /// A leaf whose issuer's name is hostile.
    static let leaf =
        Data(
            base64Encoded: [
                "MIIBwTCCAWagAwIBAgIULZUHwMKqykQbZlM0cQnQX5tmVA4wCgYIKoZIzj0EAwIwQjEXMBUGA1UECgwOVGVzdCA8Yj5DQTwvYj4x",
                "JzAlBgNVBAMMHlJvb3QgPHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0PjAgFw0yNjExMjcwMDEyMTdaGA8yMTI1MDYyMTAwMTIxN1ow",
                "GzEZMBcGA1UEAwwQc2hvcC5leGFtcGxlLmNvbTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABLaucW1QSZwXSmUU9/12pqmj55Yt",
                "5LD4aEta9dGcyv6biljPCLK6sHTcLuC2/uYx5Aj1JrnkcpkJqli7beLtr/WjXzBdMBsGA1UdEQQUMBKCEHNob3AuZXhhbXBsZS5j",
                "b20wHQYDVR0OBBYEFEB2bMK88gjCFC7woklGczvLQgdtMB8GA1UdIwQYMBaAFAhm8DPXdsZKUgPHdjShglanEN6GMAoGCCqGSM49",
                "BAMCA0kAMEYCIQCp8UGfdgjj8LR8oa1hIUEeQLhWbT5dLPyGn0nVy20H2wIhAMNh19yzk/iFW8ObiHC5nvOmdYABqSew8GGtLd9p",
                "j/h5",
            ].joined()) ?? Data()

    let ledger: MemoryLedger
    let house: House
    let time: Time

    /// The wall clock of a test.
    final class Time: Sendable {
        private let state = Mutex(CertificateHouse.start)
        private let waiting = Mutex<(@Sendable () async throws -> Void)?>(nil)
        var now: Instant { state.withLock { $0 } }
        func pass(_ span: Span) { state.withLock { $0 = $0 + span } }
        /// Done at the next wait of whoever waits.
        func atNextWait(_ body: @escaping @Sendable () async throws -> Void) { waiting.withLock { $0 = body } }

        func sleep(_ duration: Duration) async throws {
            pass(.seconds(max(1, duration.components.seconds)))
            let body = waiting.withLock { body in
                defer { body = nil }
                return body
            }
            try await body?()
        }
    }

    init(name: String = name, rules: FlowRules? = nil) async throws {
        let key = try #require(Secret32([UInt8](repeating: 3, count: 32)))
        let ledger = MemoryLedger(auditKey: key, chain: "test")
        let time = Time()
        (self.ledger, self.time) = (ledger, time)
        let counter = Mutex<UInt8>(0)
        let entropy: @Sendable (Int) -> [UInt8] = { count in
            let next = counter.withLock { counter in
                counter &+= 1
                return counter
            }
            return Array(repeating: next, count: count)
        }
        let profile = PublishingProfile(
            name: "edge", publisher: "none",
            targets: ["alpha", "beta"].map { .init(name: $0, options: OptionTree([:])) },
            proof: .tls(
                connect: try Template("{{target.name}}:443"), serverName: nil, within: .seconds(10)),
            rollout: Rollout(first: 1, then: .percent(50)))
        let outside = RunnerDependencies(
            ledger: ledger,
            clock: RunnerClock(now: { time.now }, monotonic: { .zero }, sleep: { try await time.sleep($0) }),
            registry: Registry(publishers: [], issuers: []),
            profiles: ProfileShelf(ProfileSet(publishing: ["edge": profile])), vault: .transparent,
            tools: .synthetic(entropy), probe: { _ in [] },
            runCommand: { _ in throw PluginFailure(.configuration, code: "test.none", message: "none", remedy: "none")
            },
            send: nil, entropy: entropy)
        var settings = ServerSettings()
        settings.zone = .utc
        house = House(
            outside: outside,
            people: People(ledger: ledger, now: { time.now }, entropy: entropy, cost: PasswordHash.Cost(rounds: 2)),
            settings: settings, wake: {}, lastPass: { time.now },
            files: ProfileFiles(read: { _, _ in nil }, write: { _, _, _ in }), log: Logger(label: "test"))
        try await fill(name, rules ?? FlowRules(publicationEnabled: true))
    }

    deinit { house.people.end() }

    private func life(_ number: Int) -> Life {
        let begun = Self.start - .days(number == 2 ? 2 : 80)
        return Life(notBefore: begun, notAfter: begun + .days(90))
    }

    private func fill(_ name: String, _ rules: FlowRules) async throws {
        var record = CertificateRecord(
            id: 1, name: name, subjects: [.dns("shop.example.com"), .dns("cart.example.com")], issuer: "own",
            labels: Self.labels, owner: "web <b>team</b>", note: "call Ana <script>alert(\"x\")</script>",
            flow: Flow(rules: rules, profiles: ["edge"]), seed: 1, createdAt: Self.start - .days(300))
        record.publicationSince = Self.start - .days(300)
        var state = RenewalState(certificate: 1)
        (state.current, state.life, state.storedAt) = (2, life(2), life(2).notBefore)
        var writes: [Change.Write] = [.addCertificate(record)]
        for number in 1...2 {
            let version = VersionRecord(
                certificate: 1, number: number, predecessor: number - 1, subjects: record.subjects,
                fingerprint: Fingerprint(sha256: Data(repeating: UInt8(number), count: 32)), serial: "0\(number)",
                issuerName: "CN=Own", life: life(number), storedAt: life(number).notBefore, source: .issued,
                keyType: .ecdsaP256, issuer: "own")
            let place = Vault.Place.key(of: 1, version: number)
            let sealed = try Vault.transparent.seal(Secret(text: "key \(number)"), place)
            writes.append(.addVersion(version, VersionMaterial(chain: [Self.leaf], sealedKey: sealed)))
        }
        writes += [.putRenewal(state), .noteHeld(certificate: 1, number: 2)]
        writes += [placement(2, "alpha", holds: 2), placement(3, "beta", holds: 1)].map { .putPlacement($0) }
        writes += attempts.map { .addAttempt($0) }
        try await commit(
            writes, EventDraft(at: Self.start - .days(300), actor: "anna", kind: "flow.changed", certificate: name))
    }

    /// As a rollback by hand does it.
    func hold(_ placement: Int64, atVersion number: Int) async throws {
        var wish = try await ledger.wish(of: placement)
        wish.hold = .init(untilReleased: true, newest: 2, by: "anna", reason: "", since: time.now)
        var record = PublicationRecord(
            placement: placement, sequence: 9, version: number, delivery: "d", cause: .rolledBack, isLastResort: false,
            startedAt: time.now)
        record.state = .serving
        var place = try #require(try await ledger.placement(placement))
        place.held = self.placement(placement, place.target, holds: number).held
        try await commit([.putWish(wish), .putPublication(record), .putPlacement(place)])
    }

    private func placement(_ id: Int64, _ target: String, holds number: Int) -> PlacementRecord {
        var placement = PlacementRecord(
            id: id, certificate: 1, profile: "edge", target: target, createdAt: Self.start - .days(300))
        placement.held = .init(
            number: number, fingerprint: Fingerprint(sha256: Data(repeating: UInt8(number), count: 32)),
            life: life(number), delivery: "d", since: life(number).notBefore)
        placement.proof = ProofRecord(outcome: .serving, at: Self.start - .minutes(4))
        guard number == 1 else { return placement }
        placement.trouble = Trouble(
            failures: 3, since: Self.start - .hours(2), lastAt: Self.start - .minutes(28),
            retryAt: Self.start + .minutes(40),
            kind: .transient, code: "target.denied", message: "permission denied <script>alert(\"x\")</script>",
            remedy: "Give user deploy write access.")
        return placement
    }

    private var attempts: [AttemptRecord] {
        [
            AttemptRecord(
                work: WorkKey(.renewal, 1), certificate: 1, version: 2, startedAt: Self.start - .days(2) - .seconds(7),
                endedAt: Self.start - .days(2), outcome: .succeeded,
                notes: ["order 8812031 <script>alert(\"x\")</script>"]),
            AttemptRecord(
                work: WorkKey(.publication, 3), certificate: 1, target: "edge/beta", version: 2,
                startedAt: Self.start - .minutes(29), endedAt: Self.start - .minutes(28), outcome: .failed,
                kind: .transient, code: "target.denied", message: "permission denied <script>alert(\"x\")</script>",
                remedy: "Give user deploy write access.", step: "publish",
                output: "line one\r\nevent: forged\r\nline <script>alert(\"x\")</script>"),
        ]
    }

    func commit(_ writes: [Change.Write], _ event: EventDraft? = nil) async throws {
        let outcome = try await ledger.commit(Change(writes, events: event.map { [$0] } ?? []))
        try #require(outcome == .applied)
    }

    // MARK: People and requests

    func person(
        _ role: Role = .operator, scope: [String: String] = [:], exportsKeys: Bool = false, provedAgo: Span = .zero
    ) -> Principal {
        Principal(
            account: "anna", role: role, scope: scope, exportsKeys: exportsKeys, usesKeys: true,
            means: .session("s", provedAt: time.now - provedAgo), csrf: "csrf")
    }

    /// Asks a route as the gate would, but for what is the gate's own.
    func ask(
        _ method: HTTPRequest.Method, _ verb: String, name: String = name, _ person: Principal? = nil,
        query: String = "", fields: [String: [String]] = [:]
    ) async throws -> Reply {
        let path = "/certificates/{name}" + (verb.isEmpty ? "" : "/\(verb)")
        let route = try #require(CertificatePageRoutes.routes.first { $0.path == path && $0.method == method })
        let visitor = person ?? self.person()
        guard case .right(let right) = route.access, visitor.may(right) else { throw Problem.notAllowed }
        let known = Set((route.takes ?? []).map(\.name))
        try #require(Set(fields.keys).isSubset(of: known), "\(fields.keys) of \(known)")
        return try await route.handle(
            Exchange(
                house: house, route: route, visitor: visitor, parameters: ["name": name], query: Query(query),
                headers: [:],
                body: Data(), fields: Fields(fields), address: "192.0.2.1", reference: "r"))
    }

    func events(_ kind: String) async throws -> [EventDraft] {
        try await ledger.latestEvents(certificate: nil, limit: 100).map(\.draft).filter { $0.kind == kind }
    }
}

extension Reply {
    var text: String {
        if case .bytes(let buffer) = body { String(buffer: buffer) } else { "" }
    }
    var location: String { headers[.location] ?? "" }
}
