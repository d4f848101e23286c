import Automation
import Foundation
import Runner
import Server
import Storage

extension ShownTarget {
    func row(_ zone: Zone, _ moments: Moments) -> [Table.Cell] {
        [.init(name), holds(zone), published(zone, moments), served(zone, moments), planned(moments)]
    }

    private func holds(_ zone: Zone) -> Table.Cell {
        guard let held = context.placement.held else { return .init("nothing", .faint) }
        let end = LocalTime(held.life.chainNotAfter, in: zone).words
        let isOver = held.life.chainNotAfter <= now
        let what = held.number.map { "version \($0)" } ?? "a certificate that is not ours"
        return .init("\(what), \(isOver ? "expired" : "until") \(end)", isOver ? .bad : nil)
    }

    private func published(_ zone: Zone, _ moments: Moments) -> Table.Cell {
        guard isManaged else { return .init("no longer managed", .faint) }
        guard let held = context.placement.held else { return .init("no", .warning) }
        let since = "\(LocalTime(held.since, in: zone).words) (\(moments.relative(held.since)))"
        // How its newest publication stands, where that is not yet all well.
        let state =
            context.publications.first.map { publication in
                [.serving, .notChecked, .superseded].contains(publication.state) ? "" : ", \(publication.state.words)"
            } ?? ""
        let isFailing = context.placement.trouble != nil
        guard isPublished else {
            return .init("not version \(context.state.current)\(state)", isFailing ? .bad : .warning)
        }
        return .init("since \(since)\(state)", isFailing ? .bad : .good)
    }

    private func served(_ zone: Zone, _ moments: Moments) -> Table.Cell {
        let at = context.proofOfHeld.map { " \(moments.relative($0.at))" } ?? ""
        return switch serving {
        case "serving": isPublished ? .init("yes, seen\(at)", .good) : .init("an older version, seen\(at)", .warning)
        case "different": .init("no, shows something else, seen\(at)", .bad)
        case "unreachable": .init("unknown, not reached\(at)", .warning)
        default: .init(isChecked ? "not looked at yet" : "not checked", .faint)
        }
    }

    private func planned(_ moments: Moments) -> Table.Cell {
        next.map { .init("version \($0.version) \(moments.relative($0.run.at))") } ?? .init("-", .faint)
    }

    /// "until released, by root since …: reason"; nil where it is not held.
    func holdWords(_ zone: Zone, _ moments: Moments) -> String? {
        hold.map { hold in
            let end = hold.untilReleased ? "until released" : "until the next version"
            return "\(end), by \(hold.by) since \(moments.words(hold.since, in: zone))"
                + (hold.reason.isEmpty ? "" : ": \(hold.reason)")
        }
    }
}
