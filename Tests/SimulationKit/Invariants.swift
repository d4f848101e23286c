import Automation
import Foundation
import Runner
import Storage

/// What must hold when a simulation is over, whatever went wrong in it.
struct Invariants {
    private let scenario: Scenario
    private let world: World
    private let ledger: any Ledger
    private let observations: Simulation.Observations

    init(_ scenario: Scenario, _ world: World, _ ledger: any Ledger, _ observations: Simulation.Observations) {
        self.scenario = scenario
        self.world = world
        self.ledger = ledger
        self.observations = observations
    }

    func check() async throws -> [String] {
        var violations = issuedOnce()
        let events = try await ledger.events(after: 0, certificate: nil, limit: .max)
        for spec in scenario.certificates {
            guard let record = try await ledger.certificate(named: spec.name),
                let overview = try await ledger.overview(record.id)
            else {
                violations.append("\(spec.name): its record is gone")
                continue
            }
            let versions = try await ledger.versions(of: record.id, limit: .max)
            let mine = events.filter { $0.draft.certificate == spec.name }
            violations += noLoops(spec.name, versions, mine)
            violations += insideWindows(overview, mine)
            violations += try await served(overview, versions, mine)
            violations += try await notStarved(overview)
        }
        violations += try await quiet()
        return violations
    }

    /// No request is ever answered by two different serials.
    private func issuedOnce() -> [String] {
        Dictionary(grouping: world.issued, by: \.request).filter { Set($0.value.map(\.serial)).count > 1 }
            .map { "request \($0.key) was issued twice" }.sorted()
    }

    // MARK: Issue loops

    /// Two versions follow each other no sooner than the guard allows, unless somebody asked.
    private func noLoops(_ name: String, _ versions: [VersionRecord], _ events: [Event]) -> [String] {
        let ascending = versions.sorted { $0.number < $1.number }
        let causes = cause(of: events)
        return zip(ascending, ascending.dropFirst()).compactMap { earlier, later in
            let asked = ["by hand", "what it must be was changed", "the present version was revoked"]
            if asked.contains(causes[later.number] ?? "") { return nil }
            if causes[later.number] == "its publication comes after its end" { return nil }
            let left = earlier.life.notAfter - earlier.storedAt
            let guarded = earlier.storedAt + left / 10 - .minutes(31)  // the clock may have been set back
            return later.storedAt < guarded
                ? "\(name): version \(later.number) came \(later.storedAt - earlier.storedAt) after the one before" : nil
        }
    }

    private func cause(of events: [Event]) -> [Int: String] {
        var causes: [Int: String] = [:]
        for event in events where event.draft.kind == "version.stored" {
            if let number = event.draft.detail["version"].flatMap({ Int($0) }) {
                causes[number] = event.draft.detail["cause"]
            }
        }
        return causes
    }

    // MARK: Windows

    /// What begins, begins in the window of its time, or says why not.
    private func insideWindows(_ overview: CertificateOverview, _ events: [Event]) -> [String] {
        var violations: [String] = []
        // An edited flow had other windows before: only what came after its last change is judged.
        let settled = events.last { $0.draft.kind.hasPrefix("certificate.") }?.draft.at ?? scenario.start
        let rules = overview.certificate.flow.rules
        let byHand = events.filter { $0.draft.kind.hasSuffix("by-hand") || $0.draft.kind == "renewal.asked" }
        for event in events where event.draft.at > settled + .days(1) {
            let draft = event.draft
            switch draft.kind {
            case "intent.opened":
                let free = ["first version", "by hand", "the present version was revoked", "its publication comes after its end"]
                if free.contains(draft.detail["cause"] ?? "") || draft.detail["move"] == Move.outside.rawValue { continue }
                if !rules.window.isOpen(at: draft.at) {
                    violations.append("\(draft.certificate): renewal begun at \(draft.at), outside its window")
                }
            case "publication.begun":
                if draft.detail["cause"] == "by hand" || draft.detail["cause"] == "rolled back by hand" { continue }
                if !rules.windowOfPublication.isOpen(at: draft.at) {
                    violations.append("\(draft.certificate): published at \(draft.at), outside its window")
                }
            default: continue
            }
        }
        _ = byHand
        return violations
    }

    // MARK: Expiry

    /// No target serves an expired certificate that a correct plan could have replaced in time.
    private func served(
        _ overview: CertificateOverview, _ versions: [VersionRecord], _ events: [Event]
    ) async throws -> [String] {
        let oracle = ExpiryOracle(scenario, overview, versions, events)
        var violations: [String] = []
        for placement in overview.placements {
            violations += oracle.violations(on: placement, publishedAt: switches(placement.name, events))
        }
        return violations
    }

    /// When which version was in place on a target.
    private func switches(_ place: String, _ events: [Event]) -> [(at: Instant, version: Int)] {
        events.compactMap { event in
            guard event.draft.kind == "publication.switched", event.draft.subject == place,
                let version = event.draft.detail["version"].flatMap({ Int($0) })
            else { return nil }
            return (event.draft.at, version)
        }
    }

    // MARK: Rest

    /// At the end nothing that could run is left lying.
    private func notStarved(_ overview: CertificateOverview) async throws -> [String] {
        var violations: [String] = []
        let now = world.clock.now
        for placement in overview.placements {
            guard let context = try await ledger.publicationContext(placement.id) else { continue }
            let planning = PublicationPlanning(profiles: scenario.profiles)
            guard let run = planning.plannedRun(context, now: now) else { continue }
            let isTroubled = placement.trouble != nil
            let due = try await ledger.due(WorkKey(.publication, placement.id))
            if due == nil, !isTroubled { violations.append("\(placement.name) of \(overview.certificate.name) was forgotten") }
            if run.at <= now - .hours(1), !isTroubled {
                violations.append("\(placement.name) of \(overview.certificate.name) is overdue since \(run.at)")
            }
        }
        let renewal = try await ledger.due(WorkKey(.renewal, overview.certificate.id))
        let rules = overview.certificate.flow.rules
        if rules.renewalEnabled, renewal == nil, overview.state.trouble?.needsAttention != true {
            violations.append("the renewal of \(overview.certificate.name) was forgotten")
        }
        return violations
    }

    private func quiet() async throws -> [String] {
        let leases = try await ledger.leases()
        return leases.isEmpty ? [] : ["\(leases.count) leases are left over"]
    }
}
