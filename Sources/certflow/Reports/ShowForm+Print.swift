import Automation
import Foundation
import Server
import Storage

extension ShowForm {
    func print(now: Instant) {
        let moments = Moments(now: now)
        Console.line(Console.paint(Console.oneLine(name), .strong))
        facts(moments).print()
        printVersions(now)
        printTargets(moments)
        printNext(moments)
        printTroubles(moments)
    }

    private var zone: Zone { flow.zone }

    private var end: Instant? { chainNotAfter.flatMap { Instant(rfc3339: $0) } }

    private func facts(_ moments: Moments) -> Sheet {
        var sheet = Sheet()
        sheet.add("subjects", subjects.joined(separator: ", "))
        sheet.add("key", "\(key.type), \(key.reuse ? "kept at renewals" : "a new one each time")")
        sheet.add("issuer", issuer)
        sheet.add("fallback", fallback?.words)
        sheet.add("labels", labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ", "))
        sheet.add("owner", owner)
        sheet.add("note", note)
        flow.add(to: &sheet)
        if !flow.earlier { sheet.add("earlier", "no: nothing moves to an earlier period for a deadline") }
        sheet.add("created", moments.words(createdAt, in: zone))
        if retired { sheet.add("retired", "taken out of service: kept for the record", .warning) }
        sheet.add("paused", paused?.pauseWords(zone, now: moments.now), .warning)
        let isWell = trouble == nil && end.map { $0 > moments.now } ?? false
        sheet.add("state", present(moments), isWell ? .good : .bad)
        sheet.add("advised", advice?.words(zone))
        return sheet
    }

    private func present(_ moments: Moments) -> String {
        guard version > 0, let end else { return "no version yet" }
        let verb = end > moments.now ? "valid until" : "expired"
        let stored = renewedAt.map { ", renewed \(moments.words($0, in: zone))" } ?? ""
        return "version \(version), \(verb) \(moments.words(end, in: zone))\(stored)"
    }

    private func printVersions(_ now: Instant) {
        guard !versions.isEmpty else { return }
        Console.line()
        var table = Table("VERSION", "VALID FROM", "UNTIL", "LIFE", "SOURCE", "SERIAL", "SHA-256")
        for version in versions {
            table.add(row: version.row(zone, now: now, isCurrent: version.number == self.version))
        }
        table.print()
        if olderVersions { Console.line("… and older ones: see them with --versions.") }
    }

    private func printTargets(_ moments: Moments) {
        guard !targets.isEmpty else { return }
        Console.line()
        var table = Table("TARGET", "HOLDS", "PUBLISHED", "SERVING", "NEXT")
        for target in targets {
            let planned = next.first { $0.target == target.name }
            table.add(row: target.row(zone, moments, current: version, planned: planned))
        }
        table.print()
        for target in targets {
            if let words = target.hold?.holdWords(zone, moments) {
                Console.line(
                    "\(Console.paint("!", .warning)) \(Console.oneLine("\(target.name) is held \(words)"))")
            }
        }
    }

    private func printNext(_ moments: Moments) {
        Console.line()
        guard !next.isEmpty else {
            return Console.line("Nothing is planned; `certflow explain \(Console.oneLine(name))` says why.")
        }
        var table = Table("NEXT", "", "WHAT", "WHY")
        for run in next {
            table.add(
                .init(run.moment.map { Wording.moment($0, in: run.zone) } ?? run.at),
                .init(run.moment.map(moments.relative) ?? "", .faint), .init(run.words), .init(run.reason))
        }
        table.print()
    }

    private func printTroubles(_ moments: Moments) {
        var sheet = Sheet()
        trouble?.add(to: &sheet, place: "renewal", zone, moments)
        if trouble != nil, let turn { sheet.more(turn, .warning) }
        for target in targets { target.trouble?.add(to: &sheet, place: target.name, zone, moments) }
        for warning in warnings where warning.kind != ForecastWarning.Kind.needsAttention.rawValue {
            sheet.add("!", warning.text, .warning)
        }
        guard !sheet.isEmpty else { return }
        Console.line()
        sheet.print()
    }
}

extension ShowForm.Version {
    fileprivate func row(_ zone: Zone, now: Instant, isCurrent: Bool) -> [Table.Cell] {
        let (start, end) = (Instant(rfc3339: notBefore), Instant(rfc3339: notAfter))
        let isOver = end.map { $0 <= now } ?? false || revokedAt != nil
        let until = end.map { LocalTime($0, in: zone).words } ?? notAfter
        let life = start.flatMap { start in end.map { Wording.words($0 - start) } } ?? "-"
        return [
            .init(String(number), isCurrent ? .strong : nil),
            .init(start.map { LocalTime($0, in: zone).words } ?? notBefore),
            .init(revokedAt == nil ? until : "\(until), revoked", isOver ? .faint : nil), .init(life),
            .init(source == VersionRecord.Source.issued.rawValue ? "issued by \(issuer)" : "imported"),
            .init(serial), .init(fingerprint),
        ]
    }
}

extension ShowForm.Stop {
    /// "until released, by root since …: reason"
    fileprivate func holdWords(_ zone: Zone, _ moments: Moments) -> String {
        let end = untilReleased == true ? "until released" : "until the next version"
        return "\(end), by \(by) since \(moments.words(since, in: zone))" + (reason.isEmpty ? "" : ": \(reason)")
    }
}

extension ShowForm.Problem {
    /// What went wrong, since when, what to do and when it is tried again.
    func add(to sheet: inout Sheet, place: String, _ zone: Zone, _ moments: Moments) {
        let count =
            failures > 1 ? "\(Wording.count(failures, "failure")) since \(moments.words(since, in: zone)): " : ""
        let at = step.map { "at step \($0), " } ?? ""
        sheet.add(place, "\(count)\(at)\(message)", .bad)
        sheet.more(remedy)
        if needsAttention {
            sheet.more("Nothing more is tried until somebody acts.", .warning)
        } else if let retryAt {
            sheet.more("Tried again no sooner than \(moments.words(retryAt, in: zone)).")
        }
        if let output, !output.isEmpty {
            for line in output.split(separator: "\n").suffix(5) { sheet.more("| \(line)", .faint) }
        }
    }
}
