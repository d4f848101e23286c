import Automation
import Foundation
import PluginKit
import Runner

/// What a check of one profile found. The form of `profile check --output json`.
struct ProfileCheckReport: Encodable {
    struct Target: Encodable {
        var name: String
        /// The one that it was checked with.
        var certificate: String
        var usable: Bool
        var findings: [CheckReport.Finding]
    }

    /// A publication that happens because the profile renders something else than the target holds.
    struct Publication: Encodable {
        var certificate: String
        /// "profile/target"
        var target: String
        var version: Int
        /// Nil where no period of the window is ever open for it.
        var at: String?
    }

    var name: String
    var kind: String
    var valid: Bool
    var problems: [String]
    private(set) var publications: [Publication] = []
    private(set) var targets: [Target] = []
    /// Why no target was looked at.
    private(set) var notReached: String?

    /// Not part of the form: for people.
    private var consequences: [Consequences] = []

    private enum CodingKeys: String, CodingKey {
        case name, kind, valid, problems, publications, targets, notReached
    }

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

    mutating func publishesAgain(_ consequences: [Consequences]) {
        self.consequences = consequences
        publications = consequences.flatMap { follows in
            follows.publications.map {
                Publication(
                    certificate: follows.certificate, target: $0.target, version: $0.version, at: $0.run?.at.rfc3339)
            }
        }
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
        guard !consequences.isEmpty else { return }
        Console.line(
            "  It renders something else than targets hold: \(Wording.count(publications.count, "publication")).")
        PublicationLines.print(consequences, now: Instant(Date()))
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
