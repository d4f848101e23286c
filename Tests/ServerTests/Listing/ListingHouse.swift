import Automation
import Foundation
import PluginKit
import Profiles
import Storage
import Testing

@testable import Server

/// A ledger in memory with certificates as a test wants them, and the register over it.
final class ListingHouse: Sendable {
    static let now = Instant(seconds: 1_800_000_000)

    let ledger: MemoryLedger
    let shelf: Shelf
    let register: CertificateRegister

    /// The profiles in force, as a test changes them.
    final class Shelf: @unchecked Sendable {
        // Sound: each test reads and writes it from its own task alone.
        var set = ProfileSet()
    }

    init() throws {
        let key = try #require(Secret32([UInt8](repeating: 1, count: 32)))
        ledger = MemoryLedger(auditKey: key, chain: "chain")
        let shelf = Shelf()
        self.shelf = shelf
        register = CertificateRegister(ledger: ledger, profiles: { shelf.set })
        try addProfile("web", targets: ["alpha", "beta"])
    }

    func addProfile(_ name: String, targets: [String], isChecked: Bool = true) throws {
        shelf.set.publishing[name] = PublishingProfile(
            name: name, publisher: "test", targets: targets.map { .init(name: $0, options: OptionTree()) },
            proof: isChecked
                ? .tls(
                    connect: try Template("{{target.name}}:443"), serverName: try Template("{{certificate.name}}"),
                    within: .seconds(10)) : nil,
            digest: targets.joined())
    }

    /// A certificate of 90 days with its targets, all of them serving.
    struct Plan {
        var name: String
        var issuer = "ca"
        var extra: [String] = []
        var labels: [String: String] = [:]
        var profile = "web"
        var targets = ["alpha", "beta"]
        var version = 1
        /// Days since the version began.
        var age: Int64 = 10
        var life: Int64 = 90
        var rules = FlowRules(publicationEnabled: true)
        var pause: Pause?
        var isRetired = false
        var trouble: Trouble?
        var revokedAt: Instant?
        /// By target: what it holds; the current version where nothing is said, nil for nothing.
        var held: [String: Int?] = [:]
        var proofs: [String: ProofRecord.Outcome] = [:]
        var troubles: [String: Trouble] = [:]

        init(_ name: String) { self.name = name }
    }

    static func trouble(
        _ message: String, since days: Int64 = 1, retryIn hours: Int64? = 1, needsPerson: Bool = false
    ) -> Trouble {
        Trouble(
            failures: 2, since: now - .days(days), lastAt: now - .minutes(10), retryAt: hours.map { now + .hours($0) },
            kind: .transient, code: "test.failed", message: message, remedy: "Mend it.", needsAttention: needsPerson)
    }

    private static func life(_ plan: Plan) -> Life {
        let start = now - .days(plan.age)
        return Life(notBefore: start, notAfter: start + .days(plan.life))
    }

    @discardableResult
    func add(_ plan: Plan) async throws -> Int64 {
        let ids = try await ledger.newIDs(1 + plan.targets.count)
        let id = try #require(ids.first)
        var certificate = CertificateRecord(
            id: id, name: plan.name, subjects: ([plan.name] + plan.extra).compactMap { Subject($0) },
            issuer: plan.issuer, labels: plan.labels, flow: Flow(rules: plan.rules, profiles: [plan.profile]), seed: id,
            createdAt: Self.now - .days(plan.age))
        certificate.pause = plan.pause
        certificate.isRetired = plan.isRetired
        var writes: [Change.Write] = [.addCertificate(certificate)]
        let life = Self.life(plan)
        if plan.version > 0 {
            for number in 1...plan.version {
                writes.append(.addVersion(Self.version(certificate, number, life), Self.material))
            }
        }
        writes.append(.putRenewal(Self.state(plan, id, life)))
        for (target, placementID) in zip(plan.targets, ids.dropFirst()) {
            writes.append(.putPlacement(placement(plan, target, placementID, id, life)))
        }
        writes.append(.noteHeld(certificate: id, number: plan.version))
        try await commit(writes, plan.name, "certificate.created")
        return id
    }

    private static func state(_ plan: Plan, _ id: Int64, _ life: Life) -> RenewalState {
        var state = RenewalState(certificate: id)
        state.current = plan.version
        if plan.version > 0 {
            state.life = life
            state.storedAt = life.notBefore
        }
        state.trouble = plan.trouble
        state.revokedAt = plan.revokedAt
        return state
    }

    private func placement(
        _ plan: Plan, _ target: String, _ id: Int64, _ certificate: Int64, _ life: Life
    ) -> PlacementRecord {
        var placement = PlacementRecord(
            id: id, certificate: certificate, profile: plan.profile, target: target,
            createdAt: Self.now - .days(plan.age))
        let version: Int? = plan.held[target] ?? (plan.version > 0 ? plan.version : nil)
        if let version {
            placement.held = .init(
                number: version, fingerprint: Self.fingerprint(certificate, version), life: life, delivery: "d",
                since: life.notBefore + .minutes(1))
            placement.proof = ProofRecord(outcome: plan.proofs[target] ?? .serving, at: Self.now - .hours(1))
        }
        placement.trouble = plan.troubles[target]
        return placement
    }

    static func fingerprint(_ certificate: Int64, _ number: Int) -> Fingerprint {
        var bytes = Data(repeating: 0, count: 24)
        withUnsafeBytes(of: certificate.bigEndian) { bytes.replaceSubrange(0..<8, with: $0) }
        return Fingerprint(sha256: bytes + Data(repeating: UInt8(truncatingIfNeeded: number), count: 8))
    }

    static let material = VersionMaterial(chain: [Data([1, 2, 3])], sealedKey: nil)

    static func version(_ certificate: CertificateRecord, _ number: Int, _ life: Life) -> VersionRecord {
        VersionRecord(
            certificate: certificate.id, number: number, predecessor: number - 1, subjects: certificate.subjects,
            fingerprint: fingerprint(certificate.id, number), serial: "0\(number)", issuerName: "CN=Issuer",
            life: life, storedAt: life.notBefore, source: .issued, keyType: nil, issuer: certificate.issuer)
    }

    func commit(_ writes: [Change.Write], _ name: String, _ kind: String = "certificate.changed") async throws {
        let event = EventDraft(at: Self.now, actor: "tester", kind: kind, certificate: name)
        let outcome = try await ledger.commit(Change(writes, events: [event]), under: nil)
        try #require(outcome == .applied)
    }

    func change(_ name: String, _ body: (inout CertificateRecord) -> Void) async throws {
        var record = try #require(try await ledger.certificate(named: name))
        body(&record)
        try await commit([.changeCertificate(record)], name)
    }

    func list(
        _ address: [(key: String, value: String)] = [], scope: CertificateScope = .all
    ) async throws -> ListResult {
        let (query, problems) = ListQuery.read(address)
        try #require(problems.isEmpty)
        try await register.freshen(at: Self.now)
        return register.list(query, scope: scope, at: Self.now)
    }

    func names(_ address: [(key: String, value: String)] = [], scope: CertificateScope = .all) async throws -> [String]
    {
        try await list(address, scope: scope).rows.map(\.name)
    }

    func row(_ name: String) async throws -> RegisterRow {
        try #require(try await list([("name", name)]).rows.first { $0.name == name })
    }
}
