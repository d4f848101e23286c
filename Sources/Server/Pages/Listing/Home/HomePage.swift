import Automation
import Runner

/// *Home*: whether somebody must do something, and what comes next.
struct HomePage {
    let digest: HomeDigest
    /// Certificates that something is done to at this moment.
    let running: Int
    let lastPass: Instant?
    let zone: Zone
    let mayAct: Bool
    var pauses: PauseFigures

    /// So many of what needs attention stand here; the list has all.
    private static let mostShown = 20

    private var now: Instant { digest.at }
    private var clock: Clock { Clock(zone: zone, now: now) }
    private var facts: HomeDigest.Facts { digest.facts }

    var context: [String: Any] {
        let load = LoadTable.week(zone: zone, now: now) { day, period in
            guard let row = Weekday.allCases.firstIndex(of: day), digest.load.indices.contains(row),
                digest.load[row].indices.contains(period)
            else { return 0 }
            return digest.load[row][period]
        }
        let shown = digest.attention.prefix(Self.mostShown)
        return [
            "pageTitle": "Home", "crumbs": Crumbs.to(("Home", "/")), "title": title, "lede": lede,
            "mayPauseAll": mayAct && pauses.running > 0, "mayResumeAll": mayAct && pauses.paused > 0,
            "hasPause": pauses.paused > 0, "pause": pauseNote, "facts": factRows, "hasAttention": !shown.isEmpty,
            "attentionCount": Quantity.words(facts.attention), "attention": shown.map(attention),
            "well": shown.isEmpty ? well : [:],
            "expiriesSvg": ExpiryChart(weeks: digest.weeks, clock: clock).svg, "hasRuns": !digest.nextDay.isEmpty,
            "runsCount": Quantity.words(facts.runsSoon), "runDays": runDays,
            "noRuns": digest.nextDay.isEmpty
                ? ListingParts.empty("Nothing is planned", "Runs of the next day stand here once a flow is on.") : [:],
            "loadWords": "\(Quantity.words(load.sum, "run")), \(zone.identifier)", "load": load.context,
        ]
    }

    // MARK: The top

    private var title: String {
        switch facts.attention {
        case 0: "Nothing needs attention"
        case 1: "1 needs attention\(rest)"
        default: "\(Quantity.words(facts.attention)) need attention\(rest)"
        }
    }

    /// What is paused does not run by itself.
    private var rest: String { pauses.paused == 0 ? "; everything else runs by itself" : "" }

    private var lede: String {
        guard digest.all > 0 else { return "No certificates yet." }
        let all = "\(Quantity.words(digest.all, "certificate"))."
        guard let end = facts.nearestEnd else { return all }
        return "\(all) Nearest expiry in service: \(facts.nearestName), \(clock.words(end)), \(clock.relative(end))."
    }

    private var factRows: [[String: Any]] {
        func fact(_ label: String, _ count: String, _ of: String, _ marks: [[String: Any]?]) -> [String: Any] {
            ["label": label, "count": count, "of": of, "marks": marks.compactMap { $0 }]
        }
        func some(_ tone: String, _ icon: String, _ count: Int, _ words: String) -> [String: Any]? {
            count > 0 ? ListingParts.mark(tone, icon, "\(Quantity.words(count)) \(words)") : nil
        }
        let failed = facts.renewed[.needsPerson] ?? 0
        let retrying = facts.renewed[.retrying] ?? 0
        let renewing = facts.renewed[.running] ?? 0
        let proved = facts.serving + facts.servingOlder + facts.different + facts.unreachable
        return [
            fact(
                "Renewed", Quantity.words(digest.all - failed - retrying),
                "of \(Quantity.words(digest.all, "certificate"))",
                [
                    some("bad", "bad", failed, failed == 1 ? "needs a person" : "need a person"),
                    some("warn", "warn", retrying, "tried again"), some("work", "work", renewing, "renewing now"),
                ]),
            fact(
                "Published", Quantity.words(facts.published), "of \(Quantity.words(facts.targets, "target"))",
                [some("bad", "bad", facts.failed, "failed"), some("wait", "held", facts.held, "held")]),
            fact(
                "Serving", Quantity.words(facts.serving), "of \(Quantity.words(proved)) proved",
                [
                    some(
                        "bad", "bad", facts.different,
                        facts.different == 1 ? "shows something else" : "show something else"),
                    some(
                        "warn", "warn", facts.servingOlder,
                        facts.servingOlder == 1 ? "serves an older version" : "serve an older version"),
                    some("warn", "warn", facts.unreachable, "unreachable"),
                ]),
            fact(
                "Scheduler", lastPass.map { now > $0 ? ListingParts.brief(now - $0) : "0 s" } ?? "none",
                lastPass == nil ? "passes yet" : "since the last pass",
                [
                    digest.overdue > 0
                        ? some("bad", "bad", digest.overdue, "overdue") : ListingParts.mark("ok", "done", "0 overdue"),
                    some("work", "work", running, "running"),
                ]),
        ]
    }

    /// What is paused does nothing by itself, however well the rest looks.
    private var pauseNote: [String: Any] {
        guard pauses.paused > 0 else { return [:] }
        let title =
            pauses.running == 0
            ? "Everything is paused:"
            : "\(Quantity.words(pauses.paused)) of \(Quantity.words(pauses.all, "flow")) "
                + "\(pauses.paused == 1 ? "is" : "are") paused:"
        let ends = pauses.firstPausedEnd.map {
            " The first of them that expires is \(pauses.firstPausedName), \(clock.words($0)), \(clock.relative($0))."
        }
        let whose = pauses.running == 0 ? "" : pauses.paused == 1 ? " of it" : " of them"
        return ListingParts.note(
            "warn", "held", title, "nothing\(whose) is renewed or published by itself.\(ends ?? "")",
            link: ("/automated?view=paused", "Paused flows"))
    }

    // MARK: What needs attention

    private func attention(_ item: HomeDigest.Attention) -> [String: Any] {
        let href = ListingAddress.certificate(item.certificate)
        let isPlace = item.target != nil
        let act = isPlace ? ("Publish now\u{2026}", "\(href)/publish") : ("Renew now\u{2026}", "\(href)/renew")
        let remedy = mayAct ? [["label": act.0, "href": act.1]] : [[String: String]]()
        return [
            "mark": ListingParts.mark("bad", "bad", isPlace ? "Publish failed" : "Needs a person"),
            "age": now > item.since ? "for \(ListingParts.brief(now - item.since))" : "now", "name": item.certificate,
            "href": href, "where": item.target.map { " on \($0)" } ?? "", "cause": item.message, "remedy": item.remedy,
            "acts": remedy + [["label": "Certificate", "href": href]],
        ]
    }

    private var well: [String: Any] {
        guard digest.all > 0 else {
            return ListingParts.noCertificates(mayAct: mayAct, title: "Nothing needs attention", isWell: true)
        }
        let next = digest.nextWeek.first.map { "The next run: \(clock.words(max($0.first, now)))." } ?? ""
        let words =
            switch (pauses.paused, pauses.running) {
            case (0, _): "Everything runs by itself. \(next)"
            case (_, 0): "Nothing runs by itself until it is resumed."
            default: "What is not paused runs by itself. \(next)"
            }
        return ListingParts.empty("Nothing needs attention", words, isWell: true)
    }

    // MARK: What runs

    private var runDays: [[String: Any]] {
        var days: [(label: String, runs: [[String: Any]])] = []
        for group in digest.nextDay {
            let at = max(group.first, now)
            let day = clock.day(at)
            let near = day == clock.day(now) ? "Today, " : "Tomorrow, "
            let label = near + day
            if days.last?.label != label { days.append((label, [])) }
            days[days.count - 1].runs.append(run(group, at))
        }
        return days.map { ["label": $0.label, "runs": $0.runs] }
    }

    private func run(_ group: HomeDigest.RunGroup, _ at: Instant) -> [String: Any] {
        let name = group.names.first ?? ""
        let act = group.stage == .renewal ? "Renew" : "Publish"
        let isLate = group.first < now - .minutes(2)
        let more = group.count > 1 ? " and \(Quantity.words(group.count - 1)) more" : ""
        let until = group.count > 1 && group.last > at ? "until \(clock.time(group.last))" : ""
        let names = group.reason.isEmpty || group.zone == zone ? "" : " (\(group.zone.identifier))"
        let why = [until, group.reason + names].filter { !$0.isEmpty }.joined(separator: "; ")
        return [
            "time": clock.context(at, at <= now ? "now" : clock.time(at)),
            "mark": ListingParts.mark(isLate ? "warn" : "wait", isLate ? "warn" : "wait", act), "name": name,
            "href": ListingAddress.certificate(name), "where": more, "why": why,
        ]
    }
}
