import Automation
import Runner
import Server

/// The status for people: three facts for each certificate, then what is wrong and what to do.
struct StatusTable {
    private let reports: [StatusReport]
    private let moments: Moments

    init(_ reports: [StatusReport], now: Instant) {
        self.reports = reports
        moments = Moments(now: now)
    }

    static func printNone() {
        Console.line("There are no certificates yet: write flows.yaml and run `certflow apply flows.yaml`.")
    }

    func print() {
        guard !reports.isEmpty else { return Self.printNone() }
        var table = Table("CERTIFICATE", "RENEWED", "PUBLISHED", "SERVING", "EXPIRES", "NEXT RENEWAL")
        for report in reports {
            table.add(
                .init(report.name, .strong), renewed(report), published(report), serving(report), expires(report),
                next(report))
        }
        table.print()
        Console.line()
        Console.line(summary)
        for report in reports { complain(report) }
    }

    /// "12 certificates: 10 well, 1 failing, 1 paused"
    private var summary: String {
        let parts = Verdict.allCases.compactMap { verdict in
            let count = reports.count { $0.verdict == verdict }
            return count > 0 ? Console.paint("\(count) \(verdict.rawValue)", verdict.colour) : nil
        }
        return "\(Wording.count(reports.count, "certificate")): \(parts.joined(separator: ", "))."
    }

    // MARK: Cells

    private func renewed(_ report: StatusReport) -> Table.Cell {
        let version = report.version == 0 ? "" : ", version \(report.version)"
        if report.retired { return .init("retired", .faint) }
        if report.trouble != nil { return .init("failed\(version)", .bad) }
        if report.revoked { return .init("revoked\(version)", .bad) }
        if report.paused != nil { return .init("paused\(version)", .warning) }
        return report.version == 0 ? .init("not yet", .faint) : .init("version \(report.version)", .good)
    }

    private func published(_ report: StatusReport) -> Table.Cell {
        let targets = report.managed
        guard !targets.isEmpty else { return .init("-", .faint) }
        let count = targets.filter(\.published).count
        if targets.contains(where: { $0.trouble != nil }) { return .init("\(count) of \(targets.count), failed", .bad) }
        if count == targets.count { return .init("\(count) of \(count)", .good) }
        if targets.contains(where: { $0.held != nil }) { return .init("\(count) of \(targets.count), held", .warning) }
        let rest = targets.filter { !$0.published }
        if count > 0, rest.allSatisfy(\.waitsForWindow) {
            return .init("paused by the window, \(count) of \(targets.count)", .warning)
        }
        let next = rest.compactMap(\.next).compactMap(Instant.init(rfc3339:)).min()
        let when = next.map { $0 <= moments.now ? ", due now" : ", \(moments.relative($0))" } ?? ""
        return .init("\(count) of \(targets.count)\(when)", .warning)
    }

    private func serving(_ report: StatusReport) -> Table.Cell {
        let targets = report.managed
        guard !targets.isEmpty else { return .init("-", .faint) }
        if targets.allSatisfy({ $0.serving == "not-checked" }) { return .init("not checked", .faint) }
        let serving = targets.filter { $0.serving == "serving" }
        let count = serving.filter(\.published).count
        // A target may well serve, though an older version.
        let older = serving.count > count ? ", older on \(serving.count - count)" : ""
        let isWrong = targets.contains { $0.serving == "different" }
        return .init(
            "\(count) of \(targets.count)\(older)", count == targets.count ? .good : isWrong ? .bad : .warning)
    }

    private func expires(_ report: StatusReport) -> Table.Cell {
        guard let end = report.end else { return .init("-", .faint) }
        return .init(moments.day(end, in: report.zone), end <= moments.now ? .bad : nil)
    }

    private func next(_ report: StatusReport) -> Table.Cell {
        if let run = report.nextRun {
            return run <= moments.now ? .init("due now", .warning) : .init(moments.words(run, in: report.zone))
        }
        if report.paused != nil { return .init("paused", .warning) }
        return .init(report.renewalEnabled || report.retired ? "-" : "off", .faint)
    }

    // MARK: What is wrong

    private func complain(_ report: StatusReport) {
        if let trouble = report.trouble { complain(report.name, trouble, report.remedy) }
        if report.revoked, report.nextRun == nil {
            complain(
                report.name, "Version \(report.version) was revoked, and nothing replaces it by itself.",
                "Renew it with `certflow renew \(report.name)`, or import its successor.")
        }
        if let paused = report.paused { complain(report.name, "Paused \(paused)", nil) }
        for target in report.targets {
            let place = "\(report.name) -> \(target.name)"
            if let trouble = target.trouble { complain(place, trouble, target.remedy) }
            if let held = target.held { complain(place, "Held at version \(target.version ?? 0) \(held)", nil) }
        }
    }

    private func complain(_ place: String, _ trouble: String, _ remedy: String?) {
        Console.line()
        Console.line("\(Console.paint("!", .bad)) \(Console.oneLine(place)): \(Console.harmless(trouble))")
        if let remedy { Console.line("  \(Console.harmless(remedy))") }
    }
}

extension StatusReport {
    /// Targets that flow and profile still name.
    var managed: [Target] { targets.filter(\.managed) }
}

extension Verdict {
    fileprivate var colour: Console.Colour? {
        switch self {
        case .expired, .needsAttention, .revoked, .failing: .bad
        case .unpublished, .noVersion, .paused: .warning
        case .retired: .faint
        case .well: .good
        }
    }
}
