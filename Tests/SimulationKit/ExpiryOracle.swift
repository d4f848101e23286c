import Automation
import Foundation
import Storage

/// Decides whether an expiry on a target could have been avoided by a plan that keeps to the flow's rules.
///
/// It knows what the runner cannot, and does not ask the planner: the rules are scanned anew, and only what really
/// stood in the way counts, which the world wrote down: calls that were refused, times when the runner was down, pauses.
struct ExpiryOracle {
    private let scenario: Scenario
    private let hands: Hands
    private let faults: [World.Fault]
    private let certificate: String
    /// Ascending.
    private let versions: [VersionRecord]
    private let places: [World.Place: World.Shown]

    /// How finely time is cut.
    private var step: Span { scenario.isShort ? .seconds(2) : .minutes(5) }
    /// How long a stage takes at most, with others before it in the queue.
    private var work: Span { scenario.isShort ? .seconds(20) : .minutes(10) }

    init(
        _ scenario: Scenario, _ hands: Hands, faults: [World.Fault], certificate: String, versions: [VersionRecord],
        places: [World.Place: World.Shown]
    ) {
        self.scenario = scenario
        self.hands = hands
        self.faults = faults.filter { $0.certificate == certificate }
        self.certificate = certificate
        self.versions = versions.sorted { $0.number < $1.number }
        self.places = places
    }

    struct Judgement {
        var violations: [String] = []
        var excused = 0
    }

    /// Looks at all that one place has served.
    func judge(_ place: World.Place, _ shown: World.Shown) -> Judgement {
        var judgement = Judgement()
        for (index, entry) in shown.history.enumerated() {
            guard let served = entry.certificate, !shown.drifts.contains(entry.at),
                let version = versions.first(where: { $0.serial == served.serial })
            else { continue }
            let expiry = version.life.chainNotAfter
            let replaced = index + 1 < shown.history.count ? shown.history[index + 1].at : scenario.end
            guard replaced > expiry, expiry < scenario.end else { continue }
            if let possible = publishable(version, place, from: entry.at), possible < expiry,
                !isStopped(place, ours: version.life, from: possible, to: expiry)
            {
                judgement.violations.append(
                    "\(certificate) on \(place.name): version \(version.number) expired \(expiry) and was served until "
                        + "\(replaced); the next could have been there at \(possible)")
            } else {
                judgement.excused += 1
            }
        }
        return judgement
    }

    /// When the successor of what is served since `since` could have been in its place; nil where the rules, or people,
    /// did not want it in time.
    func publishable(_ version: VersionRecord, _ place: World.Place, from since: Instant) -> Instant? {
        let expiry = version.life.chainNotAfter
        guard let era = hands.era(of: certificate, at: expiry), era.flow.profiles.contains(place.profile) else {
            return nil
        }
        let plan = ReferencePlan(era.flow.rules, step: step)
        guard plan.rules.renewalEnabled, plan.rules.publicationEnabled, !plan.meansToBeLate else { return nil }
        let next = versions.first { $0.number > version.number }
        if next?.followsLateRule == true || isHeld(at: expiry) { return nil }
        var stored = next?.storedAt
        if stored.map({ $0 > since }) ?? true {
            let floor = max(version.storedAt, era.from)
            let renewed = plan.renewal(of: version.life, storedAt: version.storedAt, from: floor)
                .flatMap { workable($0, since: floor, upTo: expiry, version.life) { $0.place == nil } }
            stored = [stored, renewed].compactMap { $0 }.min()
        }
        guard let stored else { return nil }
        let lower = max(stored, max(era.from, since))
        guard let permission = plan.publication(replacing: version.life, stored: lower) else { return nil }
        // What failed counts from when there was something to publish, even if what it replaces was read later.
        let tried = max(stored, era.from)
        return workable(permission, since: tried, upTo: expiry, version.life) { fault in
            // In a rollout one target waits for those before it.
            fault.place == place.name || fault.place?.hasPrefix("fleet/") == true && place.profile == "fleet"
        }
    }

    /// Whether a rollout that stops on a failure stops before that place: a target before it shows a certificate that is
    /// not ours and lives longer than `ours`, which is never overwritten.
    func isStopped(_ place: World.Place, ours: Life, from: Instant, to end: Instant) -> Bool {
        guard let profile = scenario.profiles.publishing[place.profile], profile.rollout.first > 0,
            profile.rollout.stopOnFailure,
            let index = profile.targets.firstIndex(where: { $0.name == place.target }), index >= profile.rollout.first
        else { return false }
        return profile.targets.prefix(index).contains { target in
            let before = World.Place(profile: place.profile, target: target.name, certificate: certificate)
            let history = places[before]?.history ?? []
            return history.indices.contains { entry in
                let until = entry + 1 < history.count ? history[entry + 1].at : scenario.end
                guard let shown = history[entry].certificate, shown.isForeign else { return false }
                return shown.notAfter > ours.notAfter && history[entry].at < end && until > from
            }
        }
    }

    /// Whether a person keeps the target at an older version.
    private func isHeld(at instant: Instant) -> Bool {
        hands.deeds(on: certificate).contains { deed in
            deed.kind == .rollback && deed.at <= instant
                && !versions.contains { $0.storedAt > deed.at && $0.storedAt < instant }
        }
    }

    /// When a stage is through at the latest that tries whenever it is permitted, and after each failure as the retry
    /// policy says; nil where that is too late.
    /// - Parameter since: from when on its failures count: the runner may have begun before the latest moment that the
    ///   spread allows, and then the pause after a failure reaches past it.
    private func workable(
        _ permission: ReferencePlan.Permission, since: Instant, upTo end: Instant, _ life: Life,
        _ concerns: (World.Fault) -> Bool
    ) -> Instant? {
        let obstacles = faults.filter { concerns($0) && $0.at >= min(since, permission.from) }
        let downs = downs()
        var moment = permission.from
        while moment < end {
            let wait = min(.minutes(15), (end - moment) / 10)  // a breaker that others opened
            let done = moment + work + wait
            let isFree = !downs.contains { $0.start < done && $0.end > moment - .seconds(1) }
            if permission.holds(at: moment), isFree,
                obstacles.allSatisfy({ $0.at > done || moment >= retry(after: $0, before: end, life) })
            {
                // A fault between now and then would have met this very try.
                if !obstacles.contains(where: { $0.at >= moment && $0.at <= done }) { return done }
            }
            moment = moment + step
        }
        return nil
    }

    private func retry(after fault: World.Fault, before end: Instant, _ life: Life) -> Instant {
        let pause = max((end - fault.at) / 10, min(.minutes(15), life.length / 20))
        return max(fault.at + pause, fault.resumesAt ?? fault.at) + step
    }

    /// When nothing of it could run.
    private func downs() -> [Outage] {
        let slack = scenario.isShort ? Span.seconds(5) : .minutes(3)
        var downs = scenario.crashes.map { Outage(start: $0.start - slack, end: $0.end + slack) }
        downs += scenario.restarts.map { Outage(start: $0 - slack, end: $0 + slack) }
        downs += scenario.clockJumps.map { jump in
            Outage(start: jump.at - .minutes(40), end: jump.at + .minutes(40))
        }
        for deed in hands.deeds(on: certificate) {
            if case .pause(let until) = deed.kind { downs.append(Outage(start: deed.at, end: until + slack)) }
        }
        return downs
    }
}
