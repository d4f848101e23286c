import Automation
import PluginKit
import Server

extension OutlookReport {
    /// - Parameter zone: on whose clock the flow's publications run.
    func print(_ zone: Zone, _ moments: Moments) {
        let name = Console.paint(Console.oneLine(certificate), .strong)
        Console.line("\(name) -> \(Console.oneLine(target))  \(verdict)")
        if let failure { say(failure) }
        for refusal in refusals { say(refusal) }
        certificates(zone).print()
        printFiles()
        for request in requests {
            Console.line("  request  \(Console.oneLine("\(request.name): \(request.method) \(request.url)"))")
        }
        var sheet = Sheet()
        sheet.add("test", words(test))
        sheet.add("reload", words(reload))
        sheet.add("proof", proof)
        if !goesAfter.isEmpty { sheet.add("after", goesAfter.joined(separator: ", ") + ", by the rollout") }
        sheet.add("by itself", words(schedule, zone, moments))
        sheet.print()
        for finding in findings { FindingLine.print(finding) }
    }

    private var verdict: String {
        switch effect {
        case "publishes": Console.paint("would be published", .good)
        case "unchanged": "holds it: nothing would be written\(reload == nil ? "" : ", the service would be reloaded")"
        case "refused": Console.paint("would be refused", .bad)
        default: Console.paint("could not be looked at", .bad)
        }
    }

    private func say(_ hindrance: Hindrance) {
        Console.line("  \(Console.paint("!", .bad)) \(Console.harmless(hindrance.message))")
        if !hindrance.remedy.isEmpty { Console.line("    \(Console.harmless(hindrance.remedy))") }
    }

    private func certificates(_ zone: Zone) -> Sheet {
        var sheet = Sheet()
        sheet.add("recorded", recorded.map { words($0, zone) } ?? "nothing was published there yet")
        switch found?.state {
        case "certificate": sheet.add("found", found?.certificate.map { words($0, zone) })
        case "nothing": sheet.add("found", "nothing")
        case "unreadable": sheet.add("found", found?.message, .warning)
        case "unknowable": sheet.add("found", "can't be read back")
        default: break
        }
        if let served {
            let certificate = served.certificate.map { words($0, zone) }
            sheet.add("served", certificate ?? served.lines.joined(separator: " "))
        }
        sheet.add("new", publishes.map { words($0, zone) }, .strong)
        return sheet
    }

    private func words(_ certificate: Certificate, _ zone: Zone) -> String {
        let what = certificate.version == 0 ? "a certificate that is not ours" : "version \(certificate.version)"
        let end = Instant(rfc3339: certificate.notAfter).map { LocalTime($0, in: zone).words } ?? certificate.notAfter
        return "\(what), until \(end), SHA-256 \(certificate.fingerprint)"
    }

    private func words(_ step: Step?) -> String? {
        step.map { "\($0.command.joined(separator: " "))  (\($0.on == "here" ? "here" : "on the target"))" }
    }

    private func words(_ schedule: Schedule?, _ zone: Zone, _ moments: Moments) -> String? {
        guard let schedule else { return nil }
        guard let at = schedule.at.flatMap({ Instant(rfc3339: $0) }) else {
            return schedule.state == "paused" ? "paused \(schedule.reason)" : schedule.reason
        }
        let when = at <= moments.now ? "now" : moments.words(at, in: zone)
        return "\(when): \(schedule.reason)"
    }

    private func printFiles() {
        guard !files.isEmpty else { return }
        var table = Table("FILE", "CHANGE", "MODE", "OWNER", "GROUP", "CONTENT", "BYTES")
        for file in files {
            let size = file.present.map { $0 == file.size ? "\(file.size)" : "\($0) -> \(file.size)" }
            table.add(
                .init(file.path), .init(file.change ?? "-", file.change == "unchanged" ? .faint : nil),
                .init(file.mode), .init(file.owner ?? "-"), .init(file.group ?? "-"), .init(file.content),
                .init(size ?? "\(file.size)"))
        }
        for line in table.lines { Console.line("  \(line)") }
    }
}
