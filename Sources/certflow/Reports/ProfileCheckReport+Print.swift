import Automation
import Foundation
import PluginKit
import Runner
import Server
import Storage

extension ProfileCheckReport {
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
        let remark =
            reachesTargets ? notReached.map { ": \(Console.oneLine($0)), so no target was looked at" } ?? "" : ""
        Console.line("\(Console.paint(Console.oneLine(name), .strong)) (\(Console.oneLine(kind))) \(state)\(remark)")
        for problem in problems { Console.line("  \(Console.paint("!", .bad)) \(Console.harmless(problem))") }
        for target in targets {
            let state = target.usable ? Console.paint("ready", .good) : Console.paint("can't be published to", .bad)
            Console.line(
                "  \(Console.oneLine(target.name))  \(state), as \(Console.oneLine(target.certificate)) would be")
            for finding in target.findings { FindingLine.print(finding) }
        }
        guard !publications.isEmpty else { return }
        Console.line(
            "  It renders something else than targets hold: \(Wording.count(publications.count, "publication")).")
        var lines = PublicationLines(now: Instant(Date()))
        for publication in publications {
            lines.add(
                publication.certificate, version: publication.version, to: publication.target, at: publication.at,
                publication.reason, before: publication.before, in: publication.zone)
        }
        lines.print()
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
