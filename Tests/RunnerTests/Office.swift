import Automation
import Foundation
import PluginKit
import Profiles
import Runner
import Storage
import Testing

/// One certificate on two targets in a ledger of its own, and somebody's desk.
struct Office: Sendable {
    static let name = "www.example.com"
    static let vault = Vault(
        seal: { secret, place in Data(place.utf8) + secret.withBytes { Data($0) } },
        open: { sealed, _ in Secret(Array(sealed)) }, code: { $0 }, artifactKey: Secret([7]))

    let ledger: MemoryLedger
    let desk: Desk
    let placements: [PlacementRecord]
    let now = Instant(seconds: 1_900_000_000)
    private static let certificate: Int64 = 1

    /// - Parameters:
    ///   - versions: how many there are; each lives 90 days from now.
    ///   - held: the one that both targets hold.
    init(versions: Int = 0, held: Int? = nil) async throws {
        let now = now
        ledger = MemoryLedger(auditKey: try #require(Secret32([UInt8](repeating: 9, count: 32))), chain: "test")
        let options = OptionTree(["passphrase": .secret("p12")])
        let profiles = ProfileSet(publishing: [
            "files": PublishingProfile(
                name: "files", publisher: "none",
                targets: ["a", "b"].map { PublishingProfile.Target(name: $0, options: options) })
        ])
        desk = Desk(
            ledger: ledger, profiles: profiles, registry: Registry(publishers: [], issuers: []),
            person: Person(name: "anna", reason: "why"), now: { now }, entropy: { Array(repeating: 1, count: $0) })
        let life = Life(notBefore: now, notAfter: now + .days(90))
        placements = ["a", "b"].enumerated().map { index, target in
            var placement = PlacementRecord(
                id: Int64(10 + index), certificate: Self.certificate, profile: "files", target: target, createdAt: now)
            placement.held = held.map { number in
                .init(number: number, fingerprint: Self.fingerprint(number), life: life, delivery: "d", since: now)
            }
            return placement
        }
        let flow = Flow(rules: FlowRules(publicationEnabled: true), profiles: ["files"])
        let record = CertificateRecord(
            id: Self.certificate, name: Self.name, subjects: [.dns(Self.name)], issuer: "local-authority",
            labels: ["team": "web"], flow: flow, seed: 1, createdAt: now)
        var state = RenewalState(certificate: Self.certificate)
        state.current = versions
        state.life = versions > 0 ? life : nil
        var writes: [Change.Write] = [.addCertificate(record), .putRenewal(state)]
        writes += placements.map { .putPlacement($0) }
        for number in 1..<(versions + 1) {
            let version = VersionRecord(
                certificate: Self.certificate, number: number, predecessor: number - 1, subjects: record.subjects,
                fingerprint: Self.fingerprint(number), serial: "\(number)", issuerName: "ca", life: life, storedAt: now,
                source: .issued, keyType: .ecdsaP256, issuer: "local-authority")
            writes.append(.addVersion(version, VersionMaterial(chain: [], sealedKey: nil)))
        }
        if let held { writes.append(.noteHeld(certificate: Self.certificate, number: held)) }
        try await apply(writes)
    }

    private static func fingerprint(_ number: Int) -> Fingerprint {
        Fingerprint(sha256: Data(repeating: UInt8(number), count: 32))
    }

    func apply(_ writes: [Change.Write]) async throws {
        let outcome = try await ledger.commit(Change(writes))
        guard outcome == .applied else { throw Refused(outcome: outcome) }
    }

    struct Refused: Error { let outcome: CommitOutcome }

    func wish(_ index: Int) async throws -> PlacementWish { try await ledger.wish(of: placements[index].id) }

    /// As the runner does when a renewal ends.
    func serveRenewal(upTo number: Int, _ outcome: AttemptRecord.Outcome) async throws {
        guard var state = try await ledger.overview(Self.certificate)?.state else { return }
        state.renewalsDone = number
        try await apply([
            .putRenewal(state),
            .addAttempt(
                AttemptRecord(
                    work: WorkKey(.renewal, Self.certificate), certificate: Self.certificate, serves: number,
                    startedAt: now, endedAt: now, outcome: outcome)),
        ])
    }
}
