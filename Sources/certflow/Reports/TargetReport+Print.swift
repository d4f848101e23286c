import Automation
import Foundation
import Runner
import Server
import Storage

extension TargetReport {
    static func print(_ reports: [TargetReport], now: Instant) {
        let moments = Moments(now: now)
        var table = Table("TARGET", "CERTIFICATE", "HOLDS", "EXPIRES", "STATE")
        for report in reports {
            table.add(
                .init(report.target, .strong), .init(report.certificate), report.holds,
                .init(report.end.map { moments.day($0, in: report.zone) } ?? "-"),
                .init(report.state.rawValue, report.state == .managed ? nil : .warning))
        }
        table.print()
        if reports.contains(where: { $0.state != .managed }) {
            Console.line()
            Console.line(
                "`certflow target clean TARGET` removes what certflow put on a target that it manages no more.")
        }
    }

    private var holds: Table.Cell {
        guard let version else { return .init("nothing", .faint) }
        return version == 0 ? .init("not ours", .warning) : .init("version \(version)")
    }
}
