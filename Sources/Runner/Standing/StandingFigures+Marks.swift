import Automation

// The kind of a mark alone costs nothing, so that it can be asked of every row; its words are made for rows that are
// shown.
extension StandingFigures {
    // MARK: Renewed

    public func renewedKind(_ activity: Activity, at now: Instant) -> Mark.Kind {
        if flags.contains(.retired) { return .off }
        if activity.contains(.renewing) { return .running }
        if flags.contains(.renewalNeedsPerson) || end <= now { return .needsPerson }
        if flags.contains(.revoked) { return nextRenewal == .distantFuture ? .needsPerson : .retrying }
        if flags.contains(.renewalFails) { return .retrying }
        if flags.contains(.paused) { return .held }
        if nextRenewal <= now || version == 0 && flags.contains(.renews) { return .waiting }
        return flags.contains(.renews) ? .done : .off
    }

    func renewed(_ activity: Activity, _ zone: Zone, _ now: Instant) -> Mark {
        let kind = renewedKind(activity, at: now)
        let name = version == 0 ? "no version yet" : "version \(version)"
        let next = nextRenewal == .distantFuture ? "" : NearTime(now: now, zone: zone).due(nextRenewal)
        switch kind {
        case .off: return flags.contains(.retired) ? Mark(kind, "retired", name) : Mark(kind, "off", name)
        case .running: return Mark(kind, "renewing", name)
        case .needsPerson:
            if flags.contains(.renewalNeedsPerson) { return Mark(kind, "failed", name) }
            return Mark(kind, end <= now ? "expired" : "revoked", name)
        case .retrying:
            if flags.contains(.revoked) { return Mark(kind, "revoked", next.isEmpty ? name : "\(name), \(next)") }
            let words = nextRenewal == .distantFuture ? "failed" : NearTime(now: now, zone: zone).retry(nextRenewal)
            return Mark(kind, words, name)
        case .held: return Mark(kind, "paused", name)
        case .waiting: return Mark(kind, next.isEmpty ? "waiting" : next, name)
        default: return Mark(kind, name, next)
        }
    }

    // MARK: Published

    public func publishedKind(_ activity: Activity) -> Mark.Kind {
        if targets == 0 || flags.contains(.retired) { return .off }
        if activity.contains(.publishing), published < targets { return .running }
        if stuck > 0 { return .needsPerson }
        if failed > 0 { return .retrying }
        if published == targets { return .done }
        if held > 0 { return .rolledBack }
        if !flags.contains(.publishes) { return .off }
        if flags.contains(.paused) { return .held }
        return nextPublication == .distantFuture && version > 0 ? .retrying : .waiting
    }

    func published(_ activity: Activity, _ zone: Zone, _ now: Instant) -> Mark {
        let kind = publishedKind(activity)
        let count = "\(published) of \(targets)"
        let near = NearTime(now: now, zone: zone)
        switch kind {
        case .off:
            if flags.contains(.retired) { return Mark(kind, "retired") }
            if targets == 0 { return Mark(kind, "off", flags.contains(.publishes) ? "no target" : "") }
            return Mark(kind, "off", count)
        case .running: return Mark(kind, "publishing", count)
        case .needsPerson: return Mark(kind, "\(failed) of \(targets) failed", held > 0 ? "\(held) held" : "")
        case .retrying:
            guard failed > 0 else { return Mark(kind, count, "an older version elsewhere") }
            return nextPublication == .distantFuture
                ? Mark(kind, "\(failed) of \(targets) failed")
                : Mark(kind, near.retry(nextPublication), "\(failed) of \(targets) failed")
        case .rolledBack: return Mark(kind, "rolled back", "\(held) of \(targets) held")
        case .held: return Mark(kind, "paused", count)
        case .waiting:
            guard nextPublication != .distantFuture else { return Mark(kind, "waiting", count) }
            let isWindow = waitForWindow > 0 && waitForWindow == targets - min(published, targets)
            return Mark(kind, near.due(nextPublication), isWindow ? "\(count), waits for the window" : count)
        default: return Mark(kind, count)
        }
    }

    // MARK: Serving

    public func servingKind(_ activity: Activity, at now: Instant) -> Mark.Kind {
        if targets == 0 || flags.contains(.retired) { return .off }
        if activity.contains(.publishing), published == targets { return .running }
        if different > 0 || firstEndServed <= now { return .needsPerson }
        if serving == targets { return .done }
        if servingOlder > 0 || unreachable > 0 { return .retrying }
        return .notProved
    }

    func serving(_ activity: Activity, _ now: Instant) -> Mark {
        let kind = servingKind(activity, at: now)
        let count = "\(serving) of \(targets)"
        let rest = [
            different > 0 ? "\(different) shows something else" : "",
            servingOlder > 0 ? "older on \(servingOlder)" : "", unreachable > 0 ? "\(unreachable) unreachable" : "",
        ].filter { !$0.isEmpty }.joined(separator: ", ")
        switch kind {
        case .off: return Mark(kind, flags.contains(.retired) ? "retired" : "off")
        case .running: return Mark(kind, "proving", count)
        case .needsPerson:
            return firstEndServed <= now ? Mark(kind, "expired", rest) : Mark(kind, "not serving", rest)
        case .retrying: return Mark(kind, count, rest)
        case .notProved: return Mark(kind, "not proved", serving > 0 ? count : "")
        default: return Mark(kind, count)
        }
    }
}
