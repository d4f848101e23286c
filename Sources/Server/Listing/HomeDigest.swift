import Automation
import Runner

/// What Home says at a glance: whether somebody must do something, and what comes next.
package struct HomeDigest: Sendable {
    /// One thing that waits for a person, with the remedy.
    package struct Attention: Sendable, Hashable {
        package var id: Int64
        package var certificate: String
        /// "profile/target"; nil where the certificate itself is meant.
        package var target: String?
        package var since: Instant
        package var message: String
        package var remedy: String
    }

    /// Runs of one stage in one period or day.
    package struct RunGroup: Sendable, Hashable {
        package var stage: RegisterRow.Stage
        package var first: Instant
        package var last: Instant
        package var count: Int
        /// Of the first three.
        package var names: [String]
        /// Of the first one, in words on the clock of its flow.
        package var reason: String
        package var zone: Zone
    }

    package struct Week: Sendable, Hashable {
        package var start: Instant
        /// Versions that end in it.
        package var count: Int
        /// Those of them that nothing is planned for in time.
        package var unplanned: Int
    }

    package static let weeksAhead = 26
    package static let mostAttention = 50
    private static let mostGroups = 60

    package var at: Instant
    package var all = 0
    package var verdicts: [Verdict: Int] = [:]
    /// Oldest first; at most `mostAttention`.
    package var attention: [Attention] = []
    package var attentionTotal = 0
    /// By period of four hours.
    package var nextDay: [RunGroup] = []
    /// By day.
    package var nextWeek: [RunGroup] = []
    package var weeks: [Week] = []
    /// Runs in the next seven days: seven rows from Monday, six periods from 00:00, on the clock of the page's zone.
    package var load = [[Int]](repeating: [Int](repeating: 0, count: 6), count: 7)
    /// Runs whose time passed longer ago than the scheduler should need.
    package var overdue = 0
    package var facts = Facts()

    /// The three facts, counted.
    package struct Facts: Sendable, Hashable {
        /// Certificates by what their renewal is at.
        package var renewed: [Mark.Kind: Int] = [:]
        /// Certificates that wait for a person, and those whose next run starts within seven days.
        package var attention = 0
        package var runsSoon = 0
        // Managed targets of certificates in service.
        package var targets = 0
        package var published = 0
        package var failed = 0
        package var held = 0
        package var serving = 0
        package var servingOlder = 0
        package var different = 0
        package var unreachable = 0
        /// The first end of what is in service and still valid, and whose it is.
        package var nearestEnd: Instant?
        package var nearestName = ""

        fileprivate mutating func count(
            _ figures: StandingFigures, _ activity: Activity, _ name: () -> String, _ now: Instant
        ) {
            renewed[figures.renewedKind(activity, at: now), default: 0] += 1
            if figures.needsPerson(at: now) { attention += 1 }
            if figures.next <= now + .days(7) { runsSoon += 1 }
            guard !figures.flags.contains(.retired) else { return }
            targets += Int(figures.targets)
            published += Int(figures.published)
            failed += Int(figures.failed)
            held += Int(figures.held)
            serving += Int(figures.serving)
            servingOlder += Int(figures.servingOlder)
            different += Int(figures.different)
            unreachable += Int(figures.unreachable)
            let end = figures.firstEndServed
            guard end > now, end != .distantFuture, end < nearestEnd ?? .distantFuture else { return }
            nearestEnd = end
            nearestName = name()
        }
    }

    fileprivate struct Run {
        var at: Instant
        var stage: RegisterRow.Stage
        var block: Int
        var row: Int
    }

    /// - Parameter grace: how long a run may be late before it counts as overdue.
    init(_ content: RegisterContent, scope: CertificateScope, zone: Zone, grace: Span, at now: Instant) {
        at = now
        weeks = (0..<Self.weeksAhead).map { Week(start: now + .days(Int64($0) * 7), count: 0, unplanned: 0) }
        let scoped = content.tables.labels.marks { scope.admits($0) }
        var runs: [Run] = []
        for (number, block) in content.blocks.enumerated() {
            for (index, row) in block.rows.enumerated() where scoped.holds(row.labels) {
                let figures = row.figures
                all += 1
                facts.count(figures, content.activities[row.id] ?? [], { block.name(row) }, now)
                verdicts[figures.verdict(at: now), default: 0] += 1
                if figures.next < now - grace { overdue += 1 }
                if figures.needsPerson(at: now) { complain(row, block, now) }
                countEnd(figures, now)
                for (stage, at) in [
                    (RegisterRow.Stage.renewal, figures.nextRenewal), (.publication, figures.nextPublication),
                ] where at < now + .days(7) {
                    runs.append(Run(at: at, stage: stage, block: number, row: index))
                }
            }
        }
        attention.sort { ($0.since, $0.certificate, $0.target ?? "") < ($1.since, $1.certificate, $1.target ?? "") }
        attentionTotal = attention.count
        attention = Array(attention.prefix(Self.mostAttention))
        runs.sort { $0.at != $1.at ? $0.at < $1.at : ($0.block, $0.row) < ($1.block, $1.row) }
        let late = runs.prefix { $0.at <= now }.count
        if late > 0 { addLoad(late, now, zone) }
        for run in runs.dropFirst(late) { addLoad(1, run.at, zone) }
        nextDay = Self.groups(runs.prefix { $0.at < now + .days(1) }, content, zone, byPeriod: true, now)
        nextWeek = Self.groups(runs[...], content, zone, byPeriod: false, now)
    }

    private mutating func countEnd(_ figures: StandingFigures, _ now: Instant) {
        guard figures.end > now, !figures.flags.contains(.retired), figures.end != .distantFuture else { return }
        let week = (figures.end - now).seconds / Span.days(7).seconds
        guard week < Self.weeksAhead else { return }
        weeks[Int(week)].count += 1
        if figures.nextRenewal >= figures.end { weeks[Int(week)].unplanned += 1 }
    }

    private mutating func addLoad(_ count: Int, _ at: Instant, _ zone: Zone) {
        let time = LocalTime(at, in: zone)
        guard let day = Weekday.allCases.firstIndex(of: time.weekday) else { return }
        let period = time.hour / 4
        guard load.indices.contains(day), load[day].indices.contains(period) else { return }
        load[day][period] += count
    }

    // MARK: What needs attention

    private mutating func complain(_ row: StoredRow, _ block: RegisterBlock, _ now: Instant) {
        let (name, figures) = (block.name(row), row.figures)
        let before = attention.count
        for trouble in block.words[row.id]?.troubles ?? [] where trouble.needsPerson {
            attention.append(
                Attention(
                    id: row.id, certificate: name, target: trouble.target, since: trouble.since,
                    message: trouble.message, remedy: trouble.remedy))
        }
        guard attention.count == before else { return }
        func add(_ since: Instant, _ message: String, _ remedy: String) {
            attention.append(
                Attention(id: row.id, certificate: name, target: nil, since: since, message: message, remedy: remedy))
        }
        if figures.end <= now {
            add(
                figures.end, "Version \(figures.version) has ended, and no newer one is there.",
                "Renew it with `certflow renew \(name)`, or retire it where it is not used any more.")
        } else if figures.firstEndServed <= now {
            add(
                figures.firstEndServed, "What one of its targets holds has ended.",
                "Publish it with `certflow publish \(name)`, or clean targets that are not used any more.")
        } else {
            add(
                row.lastAt, "Version \(figures.version) was revoked, and nothing replaces it by itself.",
                "Renew it with `certflow renew \(name)`, or import its successor.")
        }
    }

    // MARK: What runs

    /// - Parameter runs: ascending by time.
    private static func groups(
        _ runs: ArraySlice<Run>, _ content: RegisterContent, _ zone: Zone, byPeriod: Bool, _ now: Instant
    ) -> [RunGroup] {
        var groups: [RunGroup] = []
        var places: [GroupKey: Int] = [:]
        let present = LocalTime(now, in: zone)
        for run in runs {
            let time = run.at <= now ? present : LocalTime(run.at, in: zone)
            let key = GroupKey(stage: run.stage, date: time.date, period: byPeriod ? time.hour / 4 : 0)
            if let place = places[key] {
                groups[place].last = run.at
                groups[place].count += 1
                if groups[place].names.count < 3 { groups[place].names.append(name(run, content)) }
                continue
            }
            guard groups.count < mostGroups else { continue }
            places[key] = groups.count
            let block = content.blocks[run.block]
            let shown = content.shown(block.rows[run.row], block, at: now)
            groups.append(
                RunGroup(
                    stage: run.stage, first: run.at, last: run.at, count: 1, names: [shown.name],
                    reason: shown.next?.stage == run.stage ? shown.next?.reason ?? "" : "",
                    zone: shown.zone))
        }
        return groups
    }

    private struct GroupKey: Hashable {
        var stage: RegisterRow.Stage
        var date: CivilDate
        var period: Int
    }

    private static func name(_ run: Run, _ content: RegisterContent) -> String {
        content.blocks[run.block].name(content.blocks[run.block].rows[run.row])
    }
}

extension CertificateRegister {
    /// What Home says.
    /// - Parameters:
    ///   - zone: of the page.
    ///   - grace: how long a run may be late before it counts as overdue.
    package nonisolated func home(
        scope: CertificateScope = .all, zone: Zone, grace: Span = .minutes(2), at now: Instant
    ) -> HomeDigest {
        HomeDigest(snapshot, scope: scope, zone: zone, grace: grace, at: now)
    }
}
