import Automation

/// The rules of the design, section 3, once more by scanning: when a stage may act at the earliest, and whether the
/// window counts for it. Shares nothing with the planner but the values it is told.
struct ReferencePlan {
    /// From when a stage may act, and whether only where the window is open.
    struct Permission {
        var from: Instant
        var window: SlowWindow?

        func holds(at instant: Instant) -> Bool { instant >= from && window?.isOpen(instant) ?? true }
    }

    let rules: FlowRules
    /// What time is cut into.
    let step: Span
    private let renewal: SlowWindow
    private let publication: SlowWindow

    init(_ rules: FlowRules, step: Span) {
        self.rules = rules
        self.step = step
        renewal = SlowWindow(rules.window)
        publication = SlowWindow(rules.publicationWindow ?? rules.window)
    }

    private func room(_ life: Life) -> Span { min(.hours(1), life.length / 50) }

    func deadline(_ life: Life) -> Instant { life.chainNotAfter - min(.hours(6), life.length / 20) }

    /// Whether the rules mean to be late: then no expiry can be avoided.
    var meansToBeLate: Bool {
        if case .afterExpiration = rules.renewIn { return true }
        return rules.publishOn == .afterPreviousExpiry
    }

    // MARK: Renewal

    private func anchor(_ life: Life, storedAt: Instant) -> Instant {
        let length = life.length
        let automatic = life.notBefore + (length < .days(10) ? length / 2 : length * 2 / 3)
        let anchor: Instant
        switch rules.renewIn {
        case .automatic: anchor = automatic
        case .beforeExpiration(let days):
            anchor = Span.days(Int64(days)) <= length / 2 ? life.notAfter - .days(Int64(days)) : automatic
        case .onExpiration: anchor = lateInLife(life, renewal)
        case .afterExpiration(let days): anchor = life.notAfter + .days(Int64(days))
        }
        return max(anchor, storedAt + (life.notAfter - storedAt) / 10)
    }

    private func lateInLife(_ life: Life, _ window: SlowWindow) -> Instant {
        if life.length < .days(10) { return life.notAfter - life.length / 10 }
        return min(window.startOfDay(life.notAfter, step: .minutes(15)), life.notAfter - .hours(12))
    }

    /// When the renewal of a version may run, the spread included; nil where it never may.
    func renewal(of life: Life, storedAt: Instant, from floor: Instant) -> Permission? {
        let anchor = anchor(life, storedAt: storedAt)
        let lower = max(anchor, floor)
        let deadline = deadline(life)
        let open = first(renewal, from: lower, before: lower + .days(8))
        if let open, publishable(after: open, life, deadline) { return spread(open, life, deadline) }
        if rules.earlier, let last = lastPublishable(life, deadline, from: max(floor, life.notBefore + life.length / 3))
        {
            return Permission(from: min(last, max(lower, last)), window: renewal)
        }
        if let open, !rules.earlier || open < deadline { return spread(open, life, deadline) }
        guard rules.earlier else { return open.map { Permission(from: $0, window: renewal) } }
        // The last resort is spread like any other renewal; there is no block to keep to.
        let span = min(min(life.length / 50, .hours(4)), max(deadline - lower, .zero) / 10)
        return Permission(from: lower + span, window: nil)
    }

    /// Many start at once no more: the latest start that the spread allows.
    private func spread(_ open: Instant, _ life: Life, _ deadline: Instant) -> Permission {
        var closes = open
        while closes < open + .hours(9), renewal.isOpen(closes) { closes = closes + step }
        var span = min(min(life.length / 50, .hours(4)), (closes - open) / 2)
        if deadline > open { span = min(span, (deadline - open) / 10) }
        return Permission(from: open + span, window: renewal)
    }

    /// Whether, room after `start`, an open stretch of room is left for the publication before the deadline.
    private func publishable(after start: Instant, _ life: Life, _ deadline: Instant) -> Bool {
        let room = room(life)
        guard rules.publicationEnabled, !meansToBeLate else { return start + room <= deadline }
        var moment = start + room
        var open: Instant?
        while moment < deadline {
            if publication.isOpen(moment) {
                let since = open ?? moment
                if moment + step - since >= room, since + room <= deadline { return true }
                open = since
            } else {
                open = nil
            }
            moment = moment + step
        }
        return false
    }

    /// The last open moment from which a publication still follows; sought backwards from the deadline.
    private func lastPublishable(_ life: Life, _ deadline: Instant, from lowest: Instant) -> Instant? {
        let room = room(life)
        // The last start of an open publication stretch of room, sought once.
        var latest: Instant?
        var end: Instant?
        var moment = deadline - step
        while moment > lowest, latest == nil {
            if publication.isOpen(moment) {
                end = end ?? moment  // the last moment that is seen to be open: the period may end right after it
                if let end, end - moment >= room { latest = moment - room }
            } else {
                end = nil
            }
            moment = moment - step
        }
        guard var start = latest else { return nil }
        while start >= lowest {
            if renewal.isOpen(start) { return start }
            start = start - step
        }
        return nil
    }

    // MARK: Publication

    /// When a version stored at `stored` may be published where `held` is; nil where the flow lets it be late.
    func publication(replacing held: Life, stored: Instant) -> Permission? {
        guard !meansToBeLate else { return nil }
        let due = rules.publishOn == .onPreviousExpiry ? lateInLife(held, publication) : stored
        let lower = max(due, stored)
        let deadline = deadline(held)
        if let open = first(publication, from: lower, before: deadline - room(held)) {
            return Permission(from: open, window: publication)
        }
        guard rules.earlier else { return Permission(from: lower, window: publication) }
        var moment = deadline - step
        while moment >= stored {
            if publication.isOpen(moment) { return Permission(from: moment, window: publication) }
            moment = moment - step
        }
        return rules.lastResort == .publish
            ? Permission(from: max(stored, min(due, deadline)), window: nil)
            : Permission(from: lower, window: publication)
    }

    /// Whether an open moment is left in that time: then nothing may run outside of the window.
    func isOpen(_ stage: KeyPath<ReferencePlan, SlowWindow>, from: Instant, before: Instant) -> Bool {
        first(self[keyPath: stage], from: from, before: before) != nil
    }

    var renewalWindow: SlowWindow { renewal }
    var publicationWindow: SlowWindow { publication }

    private func first(_ window: SlowWindow, from: Instant, before: Instant) -> Instant? {
        var moment = from
        while moment < before {
            if window.isOpen(moment) { return moment }
            moment = moment + step
        }
        return nil
    }
}
