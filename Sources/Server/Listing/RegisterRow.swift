import Automation
import Runner

/// One certificate as *Automated certificates* and the API show it.
package struct RegisterRow: Sendable, Hashable {
    package enum Stage: String, Sendable { case renewal, publication }

    package struct Next: Sendable, Hashable {
        package var stage: Stage
        package var at: Instant
        /// "30 days before expiration = ...; moved to ... by the window"
        package var reason: String
    }

    package struct Last: Sendable, Hashable {
        package enum Kind: String, Sendable { case renewed, published, failed }
        package var kind: Kind
        package var at: Instant
    }

    package struct Trouble: Sendable, Hashable {
        /// "profile/target"; nil for the renewal.
        package var target: String?
        package var since: Instant
        package var message: String
        package var remedy: String
        package var needsPerson: Bool
    }

    package var id: Int64
    package var name: String
    package var names: [String]
    package var issuer: String
    package var profiles: [String]
    package var labels: [String: String]
    package var zone: Zone
    package var version: Int
    package var notBefore: Instant?
    /// The end of the current version and of its chain.
    package var end: Instant?
    /// The next renewal, for the tick on the life line; nil where nothing is planned.
    package var nextRenewal: Instant?
    package var next: Next?
    package var last: Last?
    package var marks: Marks
    package var verdict: Verdict
    package var needsPerson: Bool
    package var troubles: [Trouble]
    /// "by anna: freeze"
    package var pause: String?

    /// The share of its life that is gone, in thousandths; nil before the first version.
    package func lifeGone(at now: Instant) -> Int? { notBefore.flatMap { share(of: now, from: $0) } }

    /// Where the planned renewal lies in its life, in thousandths; nil where none is planned in time.
    package var renewalAt: Int? {
        guard let notBefore, let nextRenewal, let end, nextRenewal < end else { return nil }
        return share(of: nextRenewal, from: notBefore)
    }

    private func share(of instant: Instant, from start: Instant) -> Int? {
        guard let end, end > start else { return nil }
        let share = (instant - start).seconds * 1000 / (end - start).seconds
        return Int(min(max(share, 0), 1000))
    }
}

extension RegisterContent {
    /// The row with all its words.
    func shown(_ row: StoredRow, _ block: RegisterBlock, at now: Instant) -> RegisterRow {
        let zone = tables.zones[row.zone] ?? .utc
        let words = block.words[row.id]
        let figures = row.figures
        func known(_ instant: Instant) -> Instant? { instant == .distantFuture ? nil : instant }
        let lastKind: RegisterRow.Last.Kind? =
            switch row.last {
            case .none: nil
            case .renewed: .renewed
            case .published: .published
            case .failed: .failed
            }
        return RegisterRow(
            id: row.id, name: block.name(row), names: block.names(row), issuer: tables.issuers[row.issuer] ?? "",
            profiles: tables.profiles[row.profiles] ?? [], labels: tables.labels[row.labels] ?? [:], zone: zone,
            version: Int(figures.version), notBefore: known(row.notBefore), end: known(figures.end),
            nextRenewal: known(figures.nextRenewal),
            next: row.next.map {
                RegisterRow.Next(
                    stage: row.nextStage == .renewal ? .renewal : .publication, at: $0.at,
                    reason: Wording.reason($0, in: zone))
            },
            last: lastKind.map { RegisterRow.Last(kind: $0, at: row.lastAt) },
            marks: Marks(figures, activity: activities[row.id] ?? [], zone: zone, at: now),
            verdict: figures.verdict(at: now), needsPerson: figures.needsPerson(at: now),
            troubles: (words?.troubles ?? []).map {
                RegisterRow.Trouble(
                    target: $0.target, since: $0.since, message: $0.message, remedy: $0.remedy,
                    needsPerson: $0.needsPerson)
            },
            pause: words?.pause)
    }
}
