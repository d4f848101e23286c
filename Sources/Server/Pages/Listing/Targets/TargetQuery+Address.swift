import Automation
import Foundation

extension TargetQuery {
    /// Reads the items of an address. What has a problem is left out of the query and named; nothing is ignored.
    static func read(_ items: [(name: String, value: String)]) -> (query: TargetQuery, problems: [ListQuery.Problem]) {
        var query = TargetQuery()
        var problems: [ListQuery.Problem] = []
        var seen: Set<String> = []
        for (key, value) in items {
            let text = value.trimmingCharacters(in: .whitespacesAndNewlines)
            let shown = "\"\(key.prefix(60))\""
            func report(_ message: String, _ remedy: String) {
                problems.append(ListQuery.Problem(key: String(key.prefix(60)), message: message, remedy: remedy))
            }
            func refuse(_ allowed: String) { report("\(key) can't be \"\(text.prefix(60))\".", "Give \(allowed).") }
            guard seen.insert(key).inserted else {
                report("\(shown) is given twice.", "Give it once.")
                continue
            }
            guard text.utf8.count <= 200 else {
                report("The value of \(shown) is longer than 200 bytes.", "Look for a part of it.")
                continue
            }
            guard ["q", "profile", "state", "page", "size"].contains(key) else {
                report("There is no filter \(shown).", "Use one of q, profile, state, page, size.")
                continue
            }
            if text.isEmpty { continue }
            switch key {
            case "q": query.text = text
            case "profile": query.profile = text
            case "state":
                query.state = TargetRow.State(rawValue: text)
                if query.state == nil {
                    refuse("one of " + TargetRow.State.allCases.map(\.rawValue).joined(separator: ", "))
                }
            case "page":
                guard let page = Int(text), (1...1_000_000).contains(page) else {
                    refuse("a number from 1 on"); continue
                }
                query.page = page
            default:
                guard let size = Int(text), (1...ListQuery.largestSize).contains(size) else {
                    refuse("a number from 1 to \(ListQuery.largestSize)")
                    continue
                }
                query.size = size
            }
        }
        return (query, problems)
    }

    /// What stands in the address; what is as usual is left out.
    var items: [(key: String, value: String)] {
        var items: [(key: String, value: String)] = []
        if !text.isEmpty { items.append(("q", text)) }
        if let profile { items.append(("profile", profile)) }
        if let state { items.append(("state", state.rawValue)) }
        if page != 1 { items.append(("page", String(page))) }
        if size != ListQuery.usualSize { items.append(("size", String(size))) }
        return items
    }

    func at(page: Int) -> TargetQuery {
        var query = self
        query.page = max(1, page)
        return query
    }

    /// The same from the first page on, changed.
    func changed(_ change: (inout TargetQuery) -> Void) -> TargetQuery {
        var query = at(page: 1)
        change(&query)
        return query
    }
}

extension TargetRow.State {
    var label: String {
        switch self {
        case .needsPerson: "Needs a person"
        case .drifted: "Drifted"
        case .expired: "Expired"
        case .failing: "Failing"
        case .unreachable: "Unreachable"
        case .heldByHand: "Held"
        case .behind: "Behind"
        case .notProved: "Not proved"
        case .unmanaged: "Not managed"
        case .serving: "Serving"
        }
    }

    /// Whether somebody should look.
    var isBad: Bool {
        switch self {
        case .needsPerson, .drifted, .expired, .failing: true
        default: false
        }
    }
}
