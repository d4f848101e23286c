import PluginKit

/// What a check of one profile found. The form of `profile check --output json`.
struct ProfileCheckReport: Encodable {
    struct Target: Encodable {
        var name: String
        /// The one that it was checked with.
        var certificate: String
        var usable: Bool
        var findings: [CheckReport.Finding]
    }

    var name: String
    var kind: String
    var valid: Bool
    var problems: [String]
    private(set) var targets: [Target] = []
    /// Why no target was looked at.
    private(set) var notReached: String?

    init(_ report: ProfileReport) {
        name = report.name
        kind = report.kind
        valid = report.valid
        problems = report.problems
    }

    mutating func add(_ target: String, _ certificate: String, _ findings: [CheckReport.Finding]) {
        let usable = !findings.contains { $0.weight == .problem }
        targets.append(Target(name: target, certificate: certificate, usable: usable, findings: findings))
    }

    mutating func notReached(_ reason: String) { notReached = reason }

    /// - Parameter hasLoose: whether there were problems that belong to no profile.
    static func ending(_ reports: [ProfileCheckReport], hasLoose: Bool) -> CommandEnding? {
        if hasLoose || reports.contains(where: { !$0.valid }) { return .failedAsSaid }
        let targets = reports.flatMap(\.targets)
        let failed = targets.filter { !$0.usable }.count
        if failed == 0 { return nil }
        return failed == targets.count ? .failedAsSaid : .someTargetsFailed
    }

    static func print(_ reports: [ProfileCheckReport], loose: [String], reachesTargets: Bool) {
        for report in reports { report.print(reachesTargets) }
        for problem in loose { Console.line("\(Console.paint("!", .bad)) \(Console.harmless(problem))") }
    }

    private func print(_ reachesTargets: Bool) {
        let state = valid ? Console.paint("valid", .good) : Console.paint("broken", .bad)
        let remark = reachesTargets ? notReached.map { ": \($0), so no target was looked at" } ?? "" : ""
        Console.line("\(Console.paint(name, .strong)) (\(kind)) \(state)\(remark)")
        for problem in problems { Console.line("  \(Console.paint("!", .bad)) \(Console.harmless(problem))") }
        for target in targets {
            let state = target.usable ? Console.paint("ready", .good) : Console.paint("can't be published to", .bad)
            Console.line("  \(target.name)  \(state), as \(target.certificate) would be")
            for finding in target.findings { FindingLine.print(finding) }
        }
    }
}

/// One finding of a backend's check, for people.
enum FindingLine {
    static func print(_ finding: CheckReport.Finding) {
        let sign =
            switch finding.weight {
            case .fact: Console.paint("-", .faint)
            case .warning: Console.paint("!", .warning)
            case .problem: Console.paint("!", .bad)
            }
        Console.line("    \(sign) \(Console.harmless(finding.message))")
        if let remedy = finding.remedy { Console.line("      \(Console.harmless(remedy))") }
    }
}
