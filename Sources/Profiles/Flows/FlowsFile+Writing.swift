import Automation

extension FlowsFile {
    /// The certificates as text that `parse` reads to the same values, whatever the defaults of a home.
    public static func text(_ specs: [CertificateSpec]) -> String {
        guard !specs.isEmpty else { return "certificates: []\n" }
        return "certificates:\n" + specs.map(entry).joined()
    }

    private static func entry(_ spec: CertificateSpec) -> String {
        var lines = [
            "  - name: \(YAMLText.scalar(spec.name))",
            "    subjects: \(YAMLText.list(spec.subjects.map(\.description)))",
            "    issuer: \(YAMLText.scalar(spec.issuer))",
            "    key: \(YAMLText.group([("type", spec.key.type.rawValue), ("reuse", YAMLText.flag(spec.key.reuse))]))",
        ]
        if let fallback = spec.fallback {
            let entries = [("issuer", YAMLText.scalar(fallback.issuer)), ("after", YAMLText.span(fallback.after))]
            lines.insert("    fallback: \(YAMLText.group(entries))", at: 3)
        }
        if !spec.labels.isEmpty {
            let labels = spec.labels.sorted { $0.key < $1.key }
            lines.append(
                "    labels: " + YAMLText.group(labels.map { (YAMLText.scalar($0.key), YAMLText.scalar($0.value)) }))
        }
        if !spec.owner.isEmpty { lines.append("    owner: \(YAMLText.scalar(spec.owner))") }
        if !spec.note.isEmpty { lines.append("    note: \(YAMLText.scalar(spec.note))") }
        lines += ["    flow:"] + flow(spec.flow).map { "      " + $0 }
        return lines.map { $0 + "\n" }.joined()
    }

    private static func flow(_ flow: Flow) -> [String] {
        let rules = flow.rules
        var renewal = [("enabled", YAMLText.flag(rules.renewalEnabled))]
        switch rules.renewIn {
        case .automatic: renewal.append(("renew", "automatic"))
        case .beforeExpiration(let days): renewal += [("renew", "before-expiration"), ("days", String(days))]
        case .onExpiration: renewal.append(("renew", "on-expiration"))
        case .afterExpiration(let days): renewal += [("renew", "after-expiration"), ("days", String(days))]
        }
        let publication = [
            ("enabled", YAMLText.flag(rules.publicationEnabled)), ("profiles", YAMLText.list(flow.profiles)),
            ("publish", rules.publishOn.rawValue), ("lastResort", rules.lastResort.rawValue),
        ]
        var lines = [
            "renewal: \(YAMLText.group(renewal))", "publication: \(YAMLText.group(publication))",
            "window: \(YAMLText.group(window(rules.window) + [("earlier", YAMLText.flag(rules.earlier))]))",
        ]
        if let other = rules.publicationWindow { lines.append("publicationWindow: \(YAMLText.group(window(other)))") }
        return lines
    }

    /// As days and periods where the open cells are all of theirs, else cell by cell.
    private static func window(_ window: Window) -> [(String, String)] {
        let cells = window.cells
        let zone = ("timeZone", YAMLText.scalar(window.zone.identifier))
        let days = Weekday.allCases.filter { day in Period.all.contains { cells[day, $0] } }
        let periods = Period.all.filter { period in Weekday.allCases.contains { cells[$0, period] } }
        if Cells(days: days, periods: periods) == cells, !cells.isEmpty {
            return [
                ("days", days.count == 7 ? "all" : YAMLText.list(days.map(\.name))),
                ("periods", periods.count == 6 ? "all" : YAMLText.list(periods.map(\.name))), zone,
            ]
        }
        let open = days.map { day in (day.name, YAMLText.list(Period.all.filter { cells[day, $0] }.map(\.name))) }
        return [("open", YAMLText.group(open)), zone]
    }
}
