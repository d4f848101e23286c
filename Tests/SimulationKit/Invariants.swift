import Automation
import Foundation
import Runner
import Storage

/// What must hold when a simulation is over, whatever went wrong in it.
final class Invariants {
    private let scenario: Scenario
    private let world: World.State
    private let ledger: any Ledger
    private let hands: Hands
    private(set) var excused = 0

    init(_ scenario: Scenario, _ world: World, _ ledger: any Ledger, _ hands: Hands) {
        self.scenario = scenario
        self.world = world.update { $0 }
        self.ledger = ledger
        self.hands = hands
    }

    func check() async throws -> [String] {
        var violations = issuedOnce()
        let events = Dictionary(
            grouping: try await ledger.events(after: 0, certificate: nil, limit: .max), by: \.draft.certificate)
        for spec in scenario.certificates {
            guard let record = try await ledger.certificate(named: spec.name),
                let overview = try await ledger.overview(record.id)
            else {
                violations.append("\(spec.name): its record is gone")
                continue
            }
            let versions = try await ledger.versions(of: record.id, limit: .max)
            let mine = events[spec.name] ?? []
            violations += noLoops(spec.name, versions, mine)
            violations += nothingLost(record, versions)
            violations += WindowCheck(scenario, hands, world, spec.name, versions).violations(in: mine)
            let oracle = ExpiryOracle(
                scenario, hands, faults: world.faults, certificate: spec.name, versions: versions,
                places: Dictionary(uniqueKeysWithValues: places(of: spec.name)))
            for (place, shown) in places(of: spec.name) {
                let judgement = oracle.judge(place, shown)
                violations += judgement.violations
                excused += judgement.excused
            }
            violations += try await truthful(overview, versions)
            violations += StarvationCheck(scenario, hands, oracle).violations(
                overview, versions, Dictionary(uniqueKeysWithValues: places(of: spec.name)))
        }
        let leases = try await ledger.leases()
        if !leases.isEmpty { violations.append("\(leases.count) leases are left over") }
        return violations
    }

    private func places(of certificate: String) -> [(World.Place, World.Shown)] {
        world.places.filter { $0.key.certificate == certificate }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    // MARK: Issuing

    /// No request is ever answered by two different serials.
    private func issuedOnce() -> [String] {
        Dictionary(grouping: world.issued, by: \.request).filter { Set($0.value.map(\.serial)).count > 1 }
            .map { "request \($0.key) was issued twice" }.sorted()
    }

    /// What was issued is stored; only at the very end one may be under way.
    private func nothingLost(_ record: CertificateRecord, _ versions: [VersionRecord]) -> [String] {
        let stored = Set(versions.map(\.serial))
        return world.issued.filter {
            $0.request.hasPrefix("\(record.id)/") && !stored.contains($0.serial) && $0.at < scenario.end - .hours(1)
        }.map { "\(record.name): what was issued for \($0.request) at \($0.at) is lost" }
    }

    /// Two versions follow each other no sooner than the guard allows, unless somebody asked.
    private func noLoops(_ name: String, _ versions: [VersionRecord], _ events: [Event]) -> [String] {
        let ascending = versions.sorted { $0.number < $1.number }
        var causes: [Int: String] = [:]
        for event in events where event.draft.kind == "version.stored" {
            if let number = event.draft.detail["version"].flatMap({ Int($0) }) {
                causes[number] = event.draft.detail["cause"]
            }
        }
        let asked = ["by hand", "what it must be was changed", "its publication comes after its end"]
        return zip(ascending, ascending.dropFirst()).compactMap { earlier, later in
            if asked.contains(causes[later.number] ?? "") { return nil }
            let left = earlier.life.notAfter - earlier.storedAt
            let jump = scenario.clockJumps.first?.by ?? .zero
            let guarded = earlier.storedAt + left / 10 - max(jump, -jump)
            return later.storedAt < guarded
                ? "\(name): version \(later.number) came \(later.storedAt - earlier.storedAt) after the one before"
                : nil
        }
    }

    // MARK: Truth

    /// What the ledger says of a target is what the target shows, where nobody else touched it since it was looked at.
    private func truthful(_ overview: CertificateOverview, _ versions: [VersionRecord]) async throws -> [String] {
        var violations: [String] = []
        for placement in overview.placements {
            // What the end of the simulation interrupted is recorded as begun, which is the truth.
            let newest = try await ledger.publications(of: placement.id, limit: 1).first
            guard newest?.state.isFinal ?? true else { continue }
            violations += untruth(placement, overview.certificate.name, versions)
        }
        return violations
    }

    private func untruth(
        _ placement: PlacementRecord, _ certificate: String, _ versions: [VersionRecord]
    ) -> [String] {
        let place = World.Place(profile: placement.profile, target: placement.target, certificate: certificate)
        guard let held = placement.held?.number, let shown = world.places[place], placement.trouble == nil else {
            return []
        }
        let looked = max(placement.proof?.at ?? .distantPast, placement.held?.since ?? .distantPast)
        if let drifted = shown.drifts.last, drifted >= looked { return [] }
        let number = versions.first { $0.serial == shown.certificate?.serial }?.number
        guard number != held else { return [] }
        let there = number.map(String.init) ?? "something else"
        return ["\(placement.name) of \(certificate): recorded is version \(held), there is \(there)"]
    }
}
