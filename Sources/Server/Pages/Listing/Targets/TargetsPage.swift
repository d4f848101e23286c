import Automation
import Runner

/// *Targets*: what is published where, and whether it is still so.
struct TargetsPage {
    let query: TargetQuery
    let problems: [ListQuery.Problem]
    let result: TargetResult
    let zone: Zone
    let now: Instant
    /// Names of publishing profiles to choose from.
    let profiles: [String]

    private static let path = "/targets"

    var context: [String: Any] {
        [
            "pageTitle": "Targets", "crumbs": Crumbs.to(("Publishing", ""), ("Targets", Self.path)),
            "lede": "What is published where, and whether it is still so. Times are \(zone.identifier).",
            "csvHref": ListingAddress.to("/targets.csv", query.items.filter { $0.key != "page" && $0.key != "size" }),
            "views": views, "hasProblems": !problems.isEmpty, "problems": ListingParts.problems(problems),
            "filters": filters, "hasRows": !result.rows.isEmpty, "rows": result.rows.map(row),
            "nothing": result.rows.isEmpty ? nothing : [:],
            "pager": ListingParts.pager(
                page: result.page, pages: result.pages, size: query.size, shown: result.rows.count, total: result.total
            ) { ListingAddress.to(Self.path, query.at(page: $0).items) },
        ]
    }

    // MARK: Around the table

    private var views: [[String: Any]] {
        let all = ListingParts.view("All", Self.path, result.all, isBad: false, isCurrent: query.state == nil)
        let states = TargetRow.State.allCases.filter { state in
            state == query.state || (result.counts[state] ?? 0) > 0 || state == .needsPerson || state == .drifted
        }
        return [all]
            + states.map { state in
                ListingParts.view(
                    state.label, ListingAddress.to(Self.path, [("state", state.rawValue)]), result.counts[state] ?? 0,
                    isBad: state.isBad, isCurrent: query.state == state)
            }
    }

    private var filters: [String: Any] {
        var active: [[String: Any]] = []
        var suggested: [[String: Any]] = []
        if let profile = query.profile {
            let rest = ListingAddress.to(Self.path, query.changed { $0.profile = nil }.items)
            active.append(["label": "Profile", "words": profile, "removeHref": rest])
        } else {
            suggested.append([
                "label": "Profile", "name": "profile", "id": "f-profile", "isChoice": !profiles.isEmpty,
                "options": profiles.map { ["value": $0, "words": $0] as [String: Any] },
                "example": profiles.isEmpty ? "nginx-fleet" : "",
            ])
        }
        let kept = query.at(page: 1).items.map { ["name": $0.key, "value": $0.value] as [String: Any] }
        return [
            "action": Self.path, "searchLabel": "Search targets, certificates, errors", "search": query.text,
            "keep": query.changed { $0.text = "" }.items.map { ["name": $0.key, "value": $0.value] as [String: Any] },
            "keepAll": kept, "active": active, "suggested": suggested,
            "canClear": !query.text.isEmpty || query.profile != nil || query.state != nil, "clearHref": Self.path,
        ]
    }

    private var nothing: [String: Any] {
        guard result.all > 0 else {
            return ListingParts.empty(
                "Nothing is published yet", "Targets stand here once a flow names a publishing profile.",
                acts: [("Publishing profiles", "/profiles")])
        }
        return ListingParts.empty(
            "No target matches", "\(Quantity.words(result.all, "target")) there are in all.",
            acts: [("Clear all filters", Self.path)])
    }

    // MARK: Rows

    private func row(_ row: TargetRow) -> [String: Any] {
        let clock = Clock(zone: row.zone, now: now)
        let isHot = row.state.isBad
        return [
            "target": row.target, "profile": row.profile, "profileHref": ListingAddress.profile(row.profile),
            "name": row.certificate, "href": ListingAddress.certificate(row.certificate),
            "place": row.isManaged ? "" : "no longer managed: what is there stays",
            "published": published(row), "serving": serving(row, clock),
            "ends": row.end.map { clock.context($0) } ?? ListingParts.nothing as Any,
            "endsIn": row.end.map { clock.relative($0) } ?? "", "proof": proof(row, clock),
            "drift": row.proof == .different ? "shows something else than was published" : drift(row),
            "hasDrift": row.proof == .different, "isHot": isHot,
            "isWarm": !isHot && (row.state == .unreachable || row.state == .behind),
        ]
    }

    private func published(_ row: TargetRow) -> [String: Any] {
        let held =
            switch row.version {
            case nil: "nothing yet"
            case 0?: "not ours"
            case let number?: "version \(number)"
            }
        if let trouble = row.trouble {
            let (tone, icon) = trouble.needsPerson ? ("bad", "bad") : ("warn", "warn")
            return ListingParts.mark(tone, icon, "failed", "\(held); \(trouble.message)")
        }
        let isCurrent = row.version == row.current && row.current > 0
        if isCurrent { return ListingParts.mark("ok", "done", held) }
        let wanted = row.current > 0 ? "version \(row.current) is current" : ""
        return row.state == .heldByHand
            ? ListingParts.mark("wait", "held", held, "held; \(wanted)")
            : ListingParts.mark("wait", "wait", held, wanted)
    }

    private func serving(_ row: TargetRow, _ clock: Clock) -> [String: Any] {
        let seen = row.provedAt.map { clock.relative($0) } ?? ""
        switch row.proof {
        case .serving?: return ListingParts.mark("ok", "done", row.version.map { "version \($0)" } ?? "serving", seen)
        case .different?: return ListingParts.mark("bad", "bad", "something else", seen)
        case .unreachable?: return ListingParts.mark("warn", "warn", "unreachable", seen)
        case nil: return ListingParts.mark("wait", "ask", "not proved", row.isChecked ? "" : "no proof in its profile")
        }
    }

    private func proof(_ row: TargetRow, _ clock: Clock) -> String {
        guard let at = row.provedAt else { return row.isChecked ? "not looked at yet" : "not checked" }
        return "looked at \(clock.relative(at))"
    }

    private func drift(_ row: TargetRow) -> String { row.proof == .serving ? "as published" : "" }
}
