@testable import Automation

/// The rules of the design, section 3, said once more by scanning.
struct RuleOracle {
    let rules: FlowRules
    let renewal: MinuteOracle.Scan
    let publication: MinuteOracle.Scan

    var oracle: MinuteOracle { renewal.oracle }

    init(_ rules: FlowRules, _ oracle: MinuteOracle) {
        self.rules = rules
        renewal = .init(oracle, rules.window.cells)
        publication = .init(oracle, rules.windowOfPublication.cells)
    }

    func room(_ life: Life) -> Int64 { min(3600, life.length.seconds / 50) }

    /// What no client accepts any more can't be served.
    func served(_ life: Life) -> Int64 { max(0, (life.chainNotAfter - life.notBefore).seconds) }

    func deadline(_ life: Life) -> Instant? {
        if case .afterExpiration = rules.renewIn { return nil }
        return life.chainNotAfter - .seconds(min(6 * 3600, life.length.seconds / 20))
    }

    func anchor(_ life: Life, stored: Instant) -> Instant {
        let length = life.length.seconds
        let automatic = life.notBefore + .seconds(length < 864_000 ? length / 2 : length * 2 / 3)
        var anchor: Instant
        switch rules.renewIn {
        case .automatic: anchor = automatic
        case .beforeExpiration(let days):
            anchor = Int64(days) * 86_400 <= length / 2 ? life.notAfter - .seconds(Int64(days) * 86_400) : automatic
        case .onExpiration: anchor = onExpiration(life)
        case .afterExpiration(let days): anchor = life.notAfter + .seconds(Int64(days) * 86_400)
        }
        if let deadline = deadline(life), anchor >= deadline { anchor = deadline - .seconds(served(life) / 10) }
        return max(anchor, stored + .seconds(max(0, (life.chainNotAfter - stored).seconds) / 10))
    }

    private func onExpiration(_ life: Life) -> Instant {
        let length = life.length.seconds
        guard length >= 864_000 else { return life.notAfter - .seconds(length / 10) }
        return min(oracle.startOfDay(life.notAfter), life.notAfter - .hours(12))
    }

    /// Whether, room after `start`, an open publication stretch of at least room is left before the deadline.
    func leavesPublication(_ start: Instant, _ life: Life, _ deadline: Instant) -> Bool {
        let room = room(life)
        let earliest = start + .seconds(room)
        guard rules.publicationEnabled, rules.publishOn != .afterPreviousExpiry else { return earliest <= deadline }
        var position = earliest
        while position < deadline {
            guard let open = publication.firstOpen(position), open < deadline else { return false }
            if min(publication.closing(open), deadline) - open >= .seconds(room) { return true }
            position = publication.closing(open)
        }
        return false
    }

    /// The end of the last open stretch for a publication before the deadline.
    private func lastPublication(before deadline: Instant) -> Instant? {
        guard rules.publicationEnabled, rules.publishOn != .afterPreviousExpiry,
            let last = publication.lastOpen(before: deadline)
        else { return nil }
        return min(oracle.instant(last.end), deadline)
    }

    /// The bounds of the renewal of a version, as the spread may choose.
    func renewal(of life: Life, stored: Instant) -> (earliest: Instant, latest: Instant, move: Move)? {
        guard let (start, move) = renewalStart(life, stored: stored) else { return nil }
        var spread = min(life.length.seconds / 50, 4 * 3600)
        if move != .outside { spread = min(spread, (renewal.closing(start) - start).seconds / 2) }
        if let deadline = deadline(life) {
            spread = min(spread, (deadline - start).seconds / 10)
            if leavesPublication(start, life, deadline) {
                // What leaves time for a publication at one moment does so at every earlier one.
                while !leavesPublication(start + .seconds(spread), life, deadline) {
                    spread = lastHolding(from: 0, to: spread) {
                        leavesPublication(start + .seconds($0), life, deadline)
                    }
                }
            } else if let closes = lastPublication(before: deadline), closes > start {
                // Never so late that the publication loses its last period, however little of it is left.
                spread = min(spread, (closes - start).seconds - room(life))
            }
        }
        return (start, start + .seconds(max(0, spread)), move)
    }

    private func renewalStart(_ life: Life, stored: Instant) -> (Instant, Move)? {
        let anchor = anchor(life, stored: stored)
        guard let open = renewal.firstOpen(anchor) else { return nil }
        let plain: Move = open > anchor ? .later : .none
        guard let deadline = deadline(life) else { return (open, plain) }
        if leavesPublication(open, life, deadline) { return (open, plain) }
        guard rules.earlier else { return (open, plain) }
        if let last = lastFeasible(life, deadline) {
            let start = max(
                oracle.instant(oracle.runs[oracle.run(holding: oracle.minute(last))].start),
                last - .seconds(life.length.seconds / 10), life.notBefore + .seconds(served(life) / 3), stored)
            if start <= last { return (start, start < anchor ? .earlier : .later) }
        }
        return open < deadline ? (open, plain) : (anchor, .outside)
    }

    /// The last open second from which a publication can still follow: found by periods, then inside of one.
    private func lastFeasible(_ life: Life, _ deadline: Instant) -> Instant? {
        guard leavesPublication(life.notBefore, life, deadline) else { return nil }
        for run in oracle.runs[...oracle.run(holding: oracle.minute(deadline))].reversed() where renewal.isOpen(run) {
            let start = oracle.instant(run.start)
            guard leavesPublication(start, life, deadline) else { continue }
            let length = Int64(run.end - run.start) * 60 - 1
            return start
                + .seconds(
                    lastHolding(from: 0, to: length) {
                        leavesPublication(start + .seconds($0), life, deadline)
                    })
        }
        return nil
    }

    /// The last number that a condition holds for which holds for `low`, and for all below one that it holds for.
    private func lastHolding(from low: Int64, to high: Int64, _ holds: (Int64) -> Bool) -> Int64 {
        var (low, high) = (low, high)
        while low < high {
            let middle = (low + high + 1) / 2
            if holds(middle) { low = middle } else { high = middle - 1 }
        }
        return low
    }

    /// When a version stored at `stored` is published to a target that holds `held`.
    func publicationStart(_ held: Life, stored: Instant) -> (Instant, Move)? {
        let ruled =
            switch rules.publishOn {
            case .afterRenew: stored
            case .onPreviousExpiry: onExpiration(held)
            case .afterPreviousExpiry: held.notAfter
            }
        let due = held.chainNotAfter <= stored ? stored : min(ruled, held.chainNotAfter)
        let lower = max(due, stored)
        let open = publication.firstOpen(lower)
        let plain: Move = open == lower ? .none : .later
        guard rules.publishOn != .afterPreviousExpiry else { return open.map { ($0, plain) } }
        let deadline = held.chainNotAfter - .seconds(min(6 * 3600, held.length.seconds / 20))
        if let open, open + .seconds(room(held)) <= deadline { return (open, plain) }
        guard rules.earlier else { return open.map { ($0, plain) } }
        func moved(_ limit: Instant) -> (Instant, Move)? {
            guard limit >= stored, let run = publication.lastOpen(before: limit + .seconds(1)) else { return nil }
            let last = min(oracle.instant(run.end) - .seconds(1), limit)
            let start = max(oracle.instant(run.start), last - .seconds(held.length.seconds / 10), stored)
            return start <= last ? (start, start < due ? .earlier : start > lower ? .later : .none) : nil
        }
        if let roomy = moved(deadline - .seconds(room(held))) { return roomy }
        if let open, open < deadline { return (open, plain) }
        if let tight = moved(deadline - .seconds(1)) { return tight }
        switch rules.lastResort {
        case .publish: return (max(stored, min(due, deadline)), .outside)
        case .ask: return open.map { ($0, .asks) }
        case .wait: return open.map { ($0, .waits) }
        }
    }
}
