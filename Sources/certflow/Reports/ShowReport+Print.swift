import Automation
import Foundation
import Runner
import Server
import Storage

extension ShowReport {
    private var moments: Moments { Moments(now: now) }

    func print() {
        Console.line(Console.paint(Console.oneLine(certificate.name), .strong))
        facts.print()
        printVersions()
        printTargets()
        printNext()
        printTroubles()
    }

    private var facts: Sheet {
        var sheet = Sheet()
        sheet.add("subjects", certificate.subjects.map(\.description).joined(separator: ", "))
        sheet.add(
            "key",
            "\(certificate.key.type.rawValue), \(certificate.key.reuse ? "kept at renewals" : "a new one each time")")
        sheet.add("issuer", certificate.issuer)
        sheet.add("fallback", certificate.fallback?.words)
        sheet.add(
            "labels",
            certificate.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ", "))
        sheet.add("owner", certificate.owner)
        sheet.add("note", certificate.note)
        sheet.add("renewed", Wording.renewal(rules))
        sheet.add("published", outlook.publicationWords)
        sheet.add("window", Wording.window(rules))
        if rules.publicationEnabled { sheet.add("if none is left", Wording.lastResort(rules.lastResort)) }
        if !rules.earlier { sheet.add("earlier", "no: nothing moves to an earlier period for a deadline") }
        sheet.add("created", moments.words(certificate.createdAt, in: zone))
        if certificate.isRetired { sheet.add("retired", "taken out of service: kept for the record", .warning) }
        if let pause = certificate.pause, pause.holds(at: now) {
            sheet.add("paused", pause.words(zone, moments), .warning)
        }
        sheet.add("state", present, isWell ? .good : .bad)
        sheet.add("advised", CAAdvice(state)?.words(zone))
        return sheet
    }

    private var isWell: Bool { state.trouble == nil && (state.life?.chainNotAfter).map { $0 > now } ?? false }

    private var present: String {
        guard let life = state.life, state.current > 0 else { return "no version yet" }
        let verb = life.chainNotAfter > now ? "valid until" : "expired"
        let stored = state.storedAt.map { ", renewed \(moments.words($0, in: zone))" } ?? ""
        return "version \(state.current), \(verb) \(moments.words(life.chainNotAfter, in: zone))\(stored)"
    }

    private func printVersions() {
        guard !versions.isEmpty else { return }
        Console.line()
        var table = Table("VERSION", "VALID FROM", "UNTIL", "LIFE", "SOURCE", "SERIAL", "SHA-256")
        for version in versions {
            let isOver = version.life.notAfter <= now || version.revokedAt != nil
            let end = LocalTime(version.life.notAfter, in: zone).words
            table.add(
                .init(String(version.number), version.number == state.current ? .strong : nil),
                .init(LocalTime(version.life.notBefore, in: zone).words),
                .init(version.revokedAt == nil ? end : "\(end), revoked", isOver ? .faint : nil),
                .init(Wording.words(version.life.length)), .init(version.sourceWords),
                .init(version.serial), .init(version.fingerprint.description))
        }
        table.print()
        if hasMoreVersions { Console.line("… and older ones: see them with --versions.") }
    }

    private func printTargets() {
        guard !targets.isEmpty else { return }
        Console.line()
        var table = Table("TARGET", "HOLDS", "PUBLISHED", "SERVING", "NEXT")
        for target in targets { table.add(row: target.row(zone, moments)) }
        table.print()
        for target in targets {
            if let hold = target.holdWords(zone, moments) {
                Console.line("\(Console.paint("!", .warning)) \(target.name) is held \(Console.oneLine(hold))")
            }
        }
    }

    private func printNext() {
        Console.line()
        guard !next.isEmpty else {
            return Console.line("Nothing is planned; `certflow explain \(certificate.name)` says why.")
        }
        var table = Table("NEXT", "", "WHAT", "WHY")
        for run in next {
            let zone = outlook.zone(of: run.stage)
            table.add(
                .init(Wording.moment(run.run.at, in: zone)), .init(moments.relative(run.run.at), .faint),
                .init(run.words), .init(Wording.reason(run.run, in: zone)))
        }
        table.print()
    }

    private func printTroubles() {
        var sheet = Sheet()
        if let trouble = state.trouble {
            trouble.add(to: &sheet, place: "renewal", zone, moments)
            if let words = IssuerChoice(certificate, state).words(at: now) { sheet.more(words, .warning) }
        }
        for target in targets {
            target.context.placement.trouble?.add(to: &sheet, place: target.name, zone, moments)
        }
        for warning in outlook.warnings where warning.kind != .needsAttention {
            sheet.add("!", warning.text, .warning)
        }
        guard !sheet.isEmpty else { return }
        Console.line()
        sheet.print()
    }
}

extension VersionRecord {
    /// "issued by local-authority", "imported"
    var sourceWords: String { source == .issued ? "issued by \(issuer)" : "imported" }
}

extension Pause {
    func words(_ zone: Zone, _ moments: Moments) -> String {
        let end = until.map { "until \(moments.words($0, in: zone))" } ?? "until resumed"
        return "by \(by) since \(moments.words(since, in: zone)), \(end)" + (reason.isEmpty ? "" : ": \(reason)")
    }
}

extension Trouble {
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
