import Automation
import Foundation
import Runner
import Server
import Storage

extension ProfileReport {
    static func print(_ reports: [ProfileReport]) {
        var table = Table("PROFILE", "KIND", "BACKEND", "STATE", "FLOWS", "TARGETS")
        for report in reports {
            table.add(
                .init(report.name, .strong), .init(report.kind), .init(report.backend ?? "-"),
                report.valid ? .init("valid", .good) : .init("broken", .bad), .init(String(report.flows)),
                .init(shown(report.targets)))
        }
        table.print()
        for problem in reports.flatMap(\.problems) {
            Console.line("\(Console.paint("!", .bad)) \(Console.harmless(problem))")
        }
    }

    private static func shown(_ targets: [String]) -> String {
        if targets.isEmpty { return "-" }
        guard targets.count > 4 else { return targets.joined(separator: ", ") }
        return "\(targets.prefix(3).joined(separator: ", ")) and \(targets.count - 3) more"
    }
}
