import Automation
import Foundation
import Server

extension ShowForm.Target {
    /// - Parameters:
    ///   - current: the certificate's newest version.
    ///   - planned: the next publication to it.
    func row(
        _ zone: Zone, _ moments: Moments, current: Int, planned: ForecastReport.Run?
    ) -> [Table.Cell] {
        let next = planned.map { run in
            "version \(run.version) \(run.moment.map(moments.relative) ?? run.at)"
        }
        return [
            .init(name), holds(zone, moments), publishedCell(zone, moments, current), served(moments),
            next.map { .init($0) } ?? .init("-", .faint),
        ]
    }

    private func holds(_ zone: Zone, _ moments: Moments) -> Table.Cell {
        guard let version, let end = chainNotAfter.flatMap({ Instant(rfc3339: $0) }) else {
            return .init("nothing", .faint)
        }
        let isOver = end <= moments.now
        let what = version > 0 ? "version \(version)" : "a certificate that is not ours"
        return .init(
            "\(what), \(isOver ? "expired" : "until") \(LocalTime(end, in: zone).words)", isOver ? .bad : nil)
    }

    private func publishedCell(_ zone: Zone, _ moments: Moments, _ current: Int) -> Table.Cell {
        guard managed else { return .init("no longer managed", .faint) }
        guard version != nil, let since = publishedAt.flatMap({ Instant(rfc3339: $0) }) else {
            return .init("no", .warning)
        }
        // How its newest publication stands, where that is not yet all well.
        let state =
            publication.flatMap(PublicationState.init).map { state in
                [.serving, .notChecked, .superseded].contains(state) ? "" : ", \(state.words)"
            } ?? ""
        guard published else { return .init("not version \(current)\(state)", trouble == nil ? .warning : .bad) }
        let when = "\(LocalTime(since, in: zone).words) (\(moments.relative(since)))"
        return .init("since \(when)\(state)", trouble == nil ? .good : .bad)
    }

    private func served(_ moments: Moments) -> Table.Cell {
        let at = provedAt.flatMap { Instant(rfc3339: $0) }.map { " \(moments.relative($0))" } ?? ""
        return switch serving {
        case "serving": published ? .init("yes, seen\(at)", .good) : .init("an older version, seen\(at)", .warning)
        case "different": .init("no, shows something else, seen\(at)", .bad)
        case "unreachable": .init("unknown, not reached\(at)", .warning)
        default: .init(checked ? "not looked at yet" : "not checked", .faint)
        }
    }
}
