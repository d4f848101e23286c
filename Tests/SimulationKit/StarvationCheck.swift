import Automation
import Foundation
import Profiles
import Storage

/// Whether everything that could run has run when all was quiet for long.
struct StarvationCheck {
    private let scenario: Scenario
    private let hands: Hands
    private let oracle: ExpiryOracle

    init(_ scenario: Scenario, _ hands: Hands, _ oracle: ExpiryOracle) {
        self.scenario = scenario
        self.hands = hands
        self.oracle = oracle
    }

    func violations(
        _ overview: CertificateOverview, _ versions: [VersionRecord], _ places: [World.Place: World.Shown]
    ) -> [String] {
        let name = overview.certificate.name
        let flow = overview.certificate.flow
        guard let newest = versions.max(by: { $0.number < $1.number }) else { return ["\(name): it was never issued"] }
        var violations: [String] = []
        // No window is closed for more than a week.
        let patience: Span = scenario.isShort ? .minutes(10) : .days(9)
        if overview.state.trouble?.needsAttention != true, flow.rules.renewalEnabled, !isNoUse(newest, flow, places) {
            let late: Span =
                if case .afterExpiration(let days) = flow.rules.renewIn { .days(Int64(days)) } else { .zero }
            if newest.life.notAfter + late + patience < scenario.end {
                violations.append(
                    "\(name): version \(newest.number) ended \(newest.life.notAfter) and was never renewed")
            }
        }
        guard flow.rules.publicationEnabled else { return violations }
        for profile in flow.profiles {
            for target in scenario.profiles.publishing[profile]?.targets ?? [] {
                let place = World.Place(profile: profile, target: target.name, certificate: name)
                guard
                    let lacking = lacks(
                        newest, versions, flow,
                        places[place].flatMap { known($0, scenario.profiles.publishing[profile]) },
                        patience)
                else { continue }
                let placement = overview.placements.first { $0.name == place.name }
                if placement?.trouble?.needsAttention == true { continue }
                if oracle.isStopped(place, ours: newest.life, from: scenario.quietFrom, to: scenario.end) { continue }
                violations.append("\(name) on \(place.name): \(lacking)")
            }
        }
        return violations
    }

    /// Whether a version that no place has shown would end before its publication, which waits for the end of what
    /// somebody else put there: then only its successor comes, shortly before that.
    private func isNoUse(
        _ newest: VersionRecord, _ flow: Flow, _ places: [World.Place: World.Shown]
    ) -> Bool {
        guard flow.rules.publicationEnabled, flow.rules.publishOn != .afterRenew else { return false }
        let mine = places.filter { flow.profiles.contains($0.key.profile) }.values
        guard !mine.contains(where: { $0.history.contains { $0.certificate?.serial == newest.serial } }) else {
            return false
        }
        // Due a day before that end at most, and two with a long local day.
        return !mine.isEmpty
            && mine.allSatisfy { shown in
                shown.served.map { $0.isForeign && $0.notAfter - .days(2) > newest.life.notAfter } ?? false
            }
    }

    /// What the runner can know of a place: only a target that is proved is looked at, so that what somebody else put on
    /// another one stays unseen until the next publication.
    private func known(_ shown: World.Shown, _ profile: PublishingProfile?) -> SyntheticCertificate? {
        if profile?.proof != nil { return shown.served }
        return shown.history.last { !shown.drifts.contains($0.at) }?.certificate
    }

    /// What a place should hold for long, and does not.
    private func lacks(
        _ newest: VersionRecord, _ versions: [VersionRecord], _ flow: Flow, _ served: SyntheticCertificate?,
        _ patience: Span
    ) -> String? {
        let name = newest.number
        guard let served else {
            return newest.storedAt + patience < scenario.end ? "version \(name) never came" : nil
        }
        if served.serial == newest.serial || served.isForeign { return nil }
        // What was stored first after what is served decides; a rollback holds until then.
        guard let held = versions.first(where: { $0.serial == served.serial }),
            let next = versions.filter({ $0.number > held.number }).min(by: { $0.number < $1.number })
        else { return nil }
        let heldByHand = hands.deeds.contains {
            $0.kind == .rollback && $0.certificate == served.subjects.first && $0.at > newest.storedAt
        }
        if heldByHand { return nil }
        let due: Instant =
            switch flow.rules.publishOn {
            case .afterRenew: next.storedAt
            case .onPreviousExpiry, .afterPreviousExpiry: max(next.storedAt, held.life.notAfter)
            }
        return due + patience < scenario.end ? "version \(held.number) is served, \(next.number) never came" : nil
    }
}
