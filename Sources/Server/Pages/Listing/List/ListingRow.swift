import Automation
import Runner

/// One row of *Automated certificates* or *Certificates*.
struct ListingRow {
    let row: RegisterRow
    /// Zone of the page: a row says its own where it is another one.
    let zone: Zone
    let now: Instant

    private var clock: Clock { Clock(zone: row.zone, now: now) }

    var context: [String: Any] {
        var context = base
        context.merge(
            [
                "renewed": ListingParts.mark(row.marks.renewed), "published": ListingParts.mark(row.marks.published),
                "nextRun": next.run, "nextWhy": next.why, "profile": row.profiles.first ?? "none",
                "profileNote": profileNote, "last": last,
            ]
        ) { $1 }
        return context
    }

    /// Of *Certificates*: what it is, not what becomes of it.
    var plain: [String: Any] {
        var context = base
        let labels = row.labels.sorted { $0.key < $1.key }
        context["labels"] = labels.map { "\($0.key): \($0.value)" }.joined(separator: ", ")
        context["owner"] = row.labels["owner"] ?? ""
        return context
    }

    private var base: [String: Any] {
        let isWarm = [row.marks.renewed, row.marks.published, row.marks.serving].contains {
            $0.kind == .retrying || $0.kind == .rolledBack
        }
        return [
            "name": row.name, "href": ListingAddress.certificate(row.name), "names": names, "issuer": row.issuer,
            "issuerNote": issuerNote, "expiresIn": expiresIn,
            "expires": row.end.map { clock.context($0, clock.day($0)) } ?? ListingParts.nothing as Any,
            "isExpiringSoon": isLate, "hasLife": row.lifeGone(at: now) != nil, "life": life,
            "serving": ListingParts.mark(row.marks.serving), "isHot": row.needsPerson,
            "isWarm": isWarm && !row.needsPerson, "isPaused": row.pause != nil, "hasBack": false, "back": "",
        ]
    }

    // MARK: What it is

    private var names: String {
        let others = row.names.filter { $0 != row.name.lowercased() }
        guard let first = others.first else { return row.names.isEmpty ? "" : "only this name" }
        let bearsOwn = others.count < row.names.count
        if others.count == 1 { return bearsOwn ? "and \(first)" : first }
        return bearsOwn
            ? "and \(others.count) more names" : "\(first) and \(Wording.count(others.count - 1, "more name"))"
    }

    private var issuerNote: String {
        guard let start = row.notBefore, let end = row.end, end > start else { return "" }
        return ListingParts.rough(end - start)
    }

    private var expiresIn: String {
        guard let end = row.end else { return "no version yet" }
        return end <= now ? "\(ListingParts.rough(now - end)) ago" : ListingParts.rough(end - now)
    }

    /// Nearly over with nothing planned before, or over.
    private var isLate: Bool {
        guard let end = row.end else { return false }
        return end <= now || row.renewalAt == nil && (row.lifeGone(at: now) ?? 0) >= 800
    }

    private var life: [String: Any] {
        let plan = row.renewalAt.map(Self.hundredths) ?? ""
        return [
            "isLate": isLate, "gone": Self.hundredths(row.lifeGone(at: now) ?? 0), "hasPlan": !plan.isEmpty,
            "plan": plan,
        ]
    }

    /// 884 thousandths: "88.4"
    private static func hundredths(_ thousandths: Int) -> String {
        thousandths.isMultiple(of: 10) ? String(thousandths / 10) : "\(thousandths / 10).\(thousandths % 10)"
    }

    // MARK: What becomes of it

    private var trouble: RegisterRow.Trouble? { row.troubles.first { $0.needsPerson } ?? row.troubles.first }

    private var next: (run: String, why: String) {
        if row.marks.renewed.kind == .running { return ("Renewing now", row.next?.reason ?? "") }
        if row.marks.published.kind == .running { return ("Publishing now", row.next?.reason ?? "") }
        if let pause = row.pause { return ("Paused", pause) }
        if let next = row.next {
            let act = next.stage == .renewal ? "Renew" : "Publish"
            let time = next.at <= now ? "now" : clock.words(next.at)
            return ("\(act) \(time)" + (row.zone == zone ? "" : " \(row.zone.identifier)"), next.reason)
        }
        if let trouble, trouble.needsPerson {
            return ("Waits for a change", (trouble.target.map { "\($0): " } ?? "") + trouble.message)
        }
        return ("Nothing planned", row.marks.renewed.kind == .off ? "auto-renewal is off" : "")
    }

    private var profileNote: String {
        let others = row.profiles.dropFirst()
        return others.isEmpty ? "" : "and \(others.joined(separator: ", "))"
    }

    private var last: [String: Any] {
        guard let last = row.last else { return ListingParts.mark("off", "off", "Nothing yet") }
        let ago = last.at <= now ? "\(ListingParts.brief(now - last.at)) ago" : ""
        switch last.kind {
        case .renewed: return ListingParts.mark("ok", "done", "Renewed", ago)
        case .published: return ListingParts.mark("ok", "done", "Published", ago)
        case .failed:
            return row.needsPerson
                ? ListingParts.mark("bad", "bad", "Failed", ago) : ListingParts.mark("warn", "warn", "Failed", ago)
        }
    }
}
