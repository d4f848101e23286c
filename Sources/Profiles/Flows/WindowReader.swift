import Automation
import PluginKit

/// Reads a window: `{days: ..., periods: ..., timeZone: ...}` or `{open: {saturday: [...]}, timeZone: ...}`.
struct WindowReader {
    static let keys = ["days", "periods", "open", "timeZone"]

    let defaultZone: Zone

    /// What can't be read is reported and counts as not given.
    func window(_ group: GroupReader) -> Window {
        let zone = group.text("timeZone").flatMap {
            ZoneReader(group.findings).zone($0, at: group.position(of: "timeZone"))
        }
        return Window(cells(group), zone: zone ?? defaultZone)
    }

    private func cells(_ group: GroupReader) -> Cells {
        guard group.has("open") else {
            return Cells(
                days: group.node("days").map { days($0, group.findings) } ?? Weekday.allCases,
                periods: group.node("periods").map { periods($0, of: "periods", group.findings) } ?? Period.all)
        }
        for key in ["days", "periods"] where group.has(key) {
            group.findings.report(
                group.keyPosition(key), "A window takes either `open` or `days` and `periods`.",
                "Remove `\(key)`, or move its cells to `open`.")
        }
        var cells = Cells.none
        guard let open = group.group("open", keys: Weekday.allCases.map(\.name)) else { return cells }
        for day in Weekday.allCases {
            guard let node = open.node(day.name) else { continue }
            for period in periods(node, of: day.name, group.findings) { cells[day, period] = true }
        }
        return cells
    }

    private func days(_ node: OptionNode, _ findings: Findings) -> [Weekday] {
        let names = Weekday.allCases.map(\.name)
        return values(node, of: "days", example: "[saturday, sunday]", all: Weekday.allCases, findings) { text in
            Weekday(name: text)
        } remedy: { text in
            // "tue" is further from "tuesday" than a slip is.
            let begun = names.filter { text.count >= 2 && $0.hasPrefix(text.lowercased()) }
            return begun.count == 1 ? "Write `\(begun[0])`." : NearestKey.remedy(for: text, among: names)
        }
    }

    private func periods(_ node: OptionNode, of key: String, _ findings: Findings) -> [Period] {
        values(node, of: key, example: "[\"00:00-04:00\"]", all: Period.all, findings) { text in
            Period(name: text)
        } remedy: { _ in
            "A day has six: \(Period.all.map { "\"\($0.name)\"" }.joined(separator: ", "))."
        }
    }

    /// `all`, or a list of names.
    private func values<Value>(
        _ node: OptionNode, of key: String, example: String, all: [Value], _ findings: Findings,
        named: (String) -> Value?, remedy: (String) -> String
    ) -> [Value] {
        switch node.value {
        case .scalar("all"): return all
        case .list(let items):
            return items.compactMap { item in
                guard let text = GroupReader.text(item, of: key, findings) else { return nil }
                if let value = named(text) { return value }
                findings.report(item.position, "`\(text.shown)` is not known in `\(key)`.", remedy(text))
                return nil
            }
        default:
            findings.report(
                node.position, "`\(key)` must be a list or `all`.", "Write `\(key): all` or `\(key): \(example)`.")
            return []
        }
    }
}
