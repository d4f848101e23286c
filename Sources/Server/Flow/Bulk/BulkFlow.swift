import Automation
import Profiles
import Runner
import Storage

/// One flow for many certificates: what it would change, at which it can't be saved, and the load it makes.
struct BulkFlow: Sendable {
    /// How far ahead the load is counted.
    static let horizon = Span.days(90)
    /// How far ahead warnings are looked for: a life of 90 days ends behind what the load counts.
    private static let outlook = FlowPreview.horizon
    /// How many runs of one certificate at most: those of minutes would drown all others.
    static let limit = 200

    struct Row: Sendable {
        var certificate: String
        /// To save on.
        var revision: Int64
        /// Empty where it has this flow already.
        var changes: [FlowChange]
        /// Why it can't be saved there.
        var problem: Problem?
        /// What its runs should make people think about, each once.
        var warnings: [ForecastWarning.Kind]
    }

    struct Problem: Sendable, Equatable {
        var message: String
        var remedy: String
    }

    /// In the order in which they were selected.
    var rows: [Row]
    /// Runs of `horizon` per day and period with the flows as they are, and with this one.
    var before: LoadGrid
    var after: LoadGrid

    /// - Parameters:
    ///   - selected: the certificates that were chosen.
    ///   - lives: how long what an issuing profile issues lives, by its name; a certificate whose issuer is not there
    ///     goes on with the life it has.
    init(
        _ flow: Flow, for selected: [CertificateOverview], profiles: ProfileSet, lives: [String: Span], now: Instant
    ) {
        let zone = flow.rules.window.zone
        var (before, after) = (LoadGrid(zone: zone), LoadGrid(zone: zone))
        // Many certificates have the same flow: its differences are told once.
        var known: [Flow: [FlowChange]] = [:]
        rows = selected.map { overview in
            let record = overview.certificate
            let changes = known[record.flow] ?? FlowChange.all(saved: record.flow, draft: flow)
            known[record.flow] = changes
            let problem = Self.problem(record)
            let life = lives[record.issuer]
            let was = Self.runs(overview, record.flow, profiles, life, now, since: record.publicationSince)
            before.add(was, until: now + Self.horizon)
            guard !changes.isEmpty, problem == nil else {
                after.add(was, until: now + Self.horizon)
                return Row(
                    certificate: record.name, revision: record.revision, changes: changes, problem: problem,
                    warnings: [])
            }
            let published = (record.flow.rules.publicationEnabled, record.flow.profiles)
            let isKept = published == (flow.rules.publicationEnabled, flow.profiles)
            let becomes = Self.runs(
                overview, flow, profiles, life, now, since: isKept ? record.publicationSince : now)
            var kinds: [ForecastWarning.Kind] = []
            after.add(becomes, until: now + Self.horizon)
            for next in becomes {
                for warning in Forecast.warnings(for: next.run, replaces: next.replaces)
                where !kinds.contains(warning.kind) { kinds.append(warning.kind) }
            }
            return Row(
                certificate: record.name, revision: record.revision, changes: changes, problem: nil, warnings: kinds)
        }
        self.before = before
        self.after = after
    }

    var changing: [Row] { rows.filter { !$0.changes.isEmpty && $0.problem == nil } }
    var staying: [Row] { rows.filter { $0.changes.isEmpty && $0.problem == nil } }
    var refused: [Row] { rows.filter { $0.problem != nil } }

    /// How many certificates a warning concerns, by its kind, the most frequent first.
    var warningCounts: [(kind: ForecastWarning.Kind, certificates: Int)] {
        var counts: [ForecastWarning.Kind: Int] = [:]
        for row in rows { for kind in row.warnings { counts[kind, default: 0] += 1 } }
        return counts.map { (kind: $0.key, certificates: $0.value) }
            .sorted { ($1.certificates, $0.kind.rawValue) < ($0.certificates, $1.kind.rawValue) }
    }

    private static func problem(_ record: CertificateRecord) -> Problem? {
        guard record.isRetired else { return nil }
        return Problem(
            message: "\(record.name) was taken out of service: its flow does nothing.",
            remedy: "Leave it out, or take it into service again first.")
    }

    // MARK: The load

    /// The runs of one certificate, from what a list of them holds: near enough to count, and without a question to
    /// the ledger for each target.
    private static func runs(
        _ overview: CertificateOverview, _ flow: Flow, _ profiles: ProfileSet, _ life: Span?, _ now: Instant,
        since: Instant
    ) -> [ForecastRun] {
        let (record, state) = (overview.certificate, overview.state)
        guard !record.isRetired else { return [] }
        let pause = record.pause.flatMap { $0.holds(at: now) ? $0 : nil }
        var input = ForecastInput(
            certificate: record.name, rules: flow.rules,
            current: RenewalPlanning.situation(record, state, unheldPublication: nil), currentNumber: state.current,
            targets: targets(overview, flow, profiles, since), newLife: life ?? state.life?.length ?? .days(90),
            isPaused: pause != nil, spread: { record.spread(version: $0) })
        input.resumesAt = pause?.until
        input.everHeld = state.heldNumber
        input.firstSince = record.createdAt
        input.hindrance = state.barred.map { .noLaterEnd($0) }
        return Forecast(input, from: now, until: now + outlook, limit: limit).runs
    }

    private static func targets(
        _ overview: CertificateOverview, _ flow: Flow, _ profiles: ProfileSet, _ since: Instant
    ) -> [ForecastInput.Target] {
        let state = overview.state
        let known = overview.placements.filter { placement in
            guard flow.profiles.contains(placement.profile) else { return false }
            return profiles.publishing[placement.profile]?.targets.contains { $0.name == placement.target } ?? true
        }
        var targets = known.map { placement in
            target(placement.name, placement.held, state, max(since, placement.createdAt))
        }
        let names = Set(known.map(\.name))
        for profile in flow.profiles {
            for new in profiles.publishing[profile]?.targets ?? [] where !names.contains("\(profile)/\(new.name)") {
                targets.append(target("\(profile)/\(new.name)", nil, state, since))
            }
        }
        return targets
    }

    private static func target(
        _ name: String, _ held: PlacementRecord.Held?, _ state: RenewalState, _ since: Instant
    ) -> ForecastInput.Target {
        var waiting: ForecastInput.Waiting?
        if state.current > 0, held?.number != state.current, let life = state.life {
            waiting = ForecastInput.Waiting(
                number: state.current, life: life, wantedSince: max(since, state.storedAt ?? since))
        }
        return ForecastInput.Target(
            name: name, held: held.map { PublicationSituation.Held(life: $0.life) }, heldNumber: held?.number,
            waiting: waiting)
    }
}
