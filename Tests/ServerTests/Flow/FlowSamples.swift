import Automation
import Foundation
import PluginKit
import Profiles
import Runner
import Storage
import Testing

@testable import Server
@testable import SimulationKit

/// What the flow's tests start from: the moment, the profiles and the certificate of the mock's pages.
enum FlowSamples {
    static let now = Instant(rfc3339: "2026-11-24T09:42:00Z") ?? .distantPast
    static let berlin = ZoneTable.shared["Europe/Berlin"] ?? .utc
    static let life = Life(notBefore: now - .days(34), notAfter: now + .days(13) + .hours(12))
    static let name = "www.example.com"

    static let profiles = ProfileSet(
        publishing: [
            "nginx-fleet": profile("nginx-fleet", ["web-1", "web-2"]), "haproxy-edge": profile("haproxy-edge", ["lb"]),
        ],
        brokenPublishing: [
            "torn": [
                OptionProblem(
                    SourcePosition(file: "torn.yaml", line: 3, column: 1), "Unknown key `target`.",
                    remedy: "Did you mean `targets`?")
            ]
        ])

    private static func profile(_ name: String, _ targets: [String]) -> PublishingProfile {
        PublishingProfile(
            name: name, publisher: "none",
            targets: targets.map { PublishingProfile.Target(name: $0, options: OptionTree([:])) })
    }

    static func window(_ days: [Weekday], _ periods: [Int], _ zone: Zone = berlin) -> Window {
        Window(Cells(days: days, periods: Period.all.filter { periods.contains($0.index) }), zone: zone)
    }

    /// The flow of the mock: Saturday and Sunday nights.
    static var flow: Flow {
        Flow(
            rules: FlowRules(
                renewIn: .beforeExpiration(days: 15), publicationEnabled: true,
                window: window([.saturday, .sunday], [0, 1])),
            profiles: ["nginx-fleet"])
    }

    static func input(_ flow: Flow = flow, life: Life = life, newLife: Span? = nil) -> ForecastInput {
        let targets = flow.profiles.flatMap { name in
            (profiles.publishing[name]?.targets ?? []).map { "\(name)/\($0.name)" }
        }
        return ForecastInput(
            certificate: name, rules: flow.rules,
            current: RenewalSituation(life: life, storedAt: life.notBefore, spread: Spread(share: 0)),
            currentNumber: 7,
            targets: targets.map { ForecastInput.Target(name: $0, held: .init(life: life), heldNumber: 7) },
            newLife: newLife ?? life.length, spread: { _ in Spread(share: 0) })
    }

    static func preview(_ flow: Flow = flow, life: Life = life, newLife: Span? = nil) -> FlowPreview {
        let input = input(flow, life: life, newLife: newLife)
        let forecast = Forecast(input, from: now, until: now + FlowPreview.horizon, limit: FlowPreview.limit)
        return FlowPreview(
            input, forecast,
            flowWarnings: Forecast.warnings(for: input, runs: forecast.runs, ending: forecast.ending), now: now)
    }

    static func reading(_ change: (inout FlowDraft) -> Void) -> FlowReading {
        var draft = FlowDraft(flow, revision: 12)
        change(&draft)
        return FlowReading(draft, saved: flow, profiles: profiles)
    }
}

/// One certificate in a ledger, with a desk and a forecast of its own.
struct FlowHouse: Sendable {
    let ledger: MemoryLedger
    let desk: Desk
    let outside: RunnerDependencies
    private static let id: Int64 = 1

    init(_ flow: Flow = FlowSamples.flow) async throws {
        let now = FlowSamples.now
        let key = try #require(Secret32([UInt8](repeating: 9, count: 32)))
        ledger = MemoryLedger(auditKey: key, chain: "test")
        let registry = Registry(publishers: [], issuers: [])
        desk = Desk(
            ledger: ledger, profiles: FlowSamples.profiles, registry: registry,
            person: Person(name: "anna", reason: "why"), now: { now }, entropy: { Array(repeating: 1, count: $0) })
        let entropy: @Sendable (Int) -> [UInt8] = { Array(repeating: 1, count: $0) }
        outside = RunnerDependencies(
            ledger: ledger, clock: RunnerClock(now: { now }, monotonic: { .zero }, sleep: { _ in }),
            registry: registry, profiles: ProfileShelf(FlowSamples.profiles), vault: .transparent,
            tools: .synthetic(entropy), probe: { _ in [] },
            runCommand: { _ in throw PluginFailure(.configuration, code: "test.none", message: "none", remedy: "none")
            },
            send: nil, entropy: entropy)
        let life = FlowSamples.life
        var record = CertificateRecord(
            id: Self.id, name: FlowSamples.name, subjects: [.dns(FlowSamples.name)], issuer: "own", flow: flow,
            seed: 1, createdAt: now - .days(300))
        record.publicationSince = now - .days(300)
        var state = RenewalState(certificate: Self.id)
        state.current = 1
        state.life = life
        state.storedAt = life.notBefore
        let fingerprint = Fingerprint(sha256: Data(repeating: 1, count: 32))
        let version = VersionRecord(
            certificate: Self.id, number: 1, predecessor: 0, subjects: record.subjects, fingerprint: fingerprint,
            serial: "1", issuerName: "ca", life: life, storedAt: life.notBefore, source: .issued,
            keyType: .ecdsaP256, issuer: "own")
        var writes: [Change.Write] = [
            .addCertificate(record), .putRenewal(state),
            .addVersion(version, VersionMaterial(chain: [], sealedKey: nil)),
            .noteHeld(certificate: Self.id, number: 1),
        ]
        for profile in flow.profiles {
            for target in FlowSamples.profiles.publishing[profile]?.targets ?? [] {
                guard let id = try await ledger.newIDs(1).first else { continue }
                var placement = PlacementRecord(
                    id: id, certificate: Self.id, profile: profile, target: target.name,
                    createdAt: now - .days(300))
                placement.held = .init(
                    number: 1, fingerprint: fingerprint, life: life, delivery: "d", since: life.notBefore)
                writes.append(.putPlacement(placement))
            }
        }
        #expect(try await ledger.commit(Change(writes)) == .applied)
    }

    func overview() async throws -> CertificateOverview { try #require(try await ledger.overview(Self.id)) }
}
