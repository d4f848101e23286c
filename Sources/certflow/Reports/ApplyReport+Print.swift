import Automation
import Foundation
import Server

extension ApplyReport {
    func print(now: Instant) {
        for certificate in certificates where certificate.effect != "unchanged" {
            let sign =
                certificate.effect == "created" ? Console.paint("+", .good) : Console.paint("~", .warning)
            Console.line("\(sign) \(Console.oneLine(certificate.name))")
            for line in certificate.differences { Console.line("    \(Console.harmless(line))") }
            for warning in certificate.warnings { certificate.print(warning) }
        }
        let changed = certificates.filter { $0.effect != "unchanged" }
        guard !changed.isEmpty else { return }
        let count = changed.map(\.publications.count).reduce(0, +)
        Console.line(
            "This issues \(issued(now)), and causes "
                + (count == 0 ? "no publication." : "\(Wording.count(count, "publication")):"))
        var lines = PublicationLines(now: now)
        for certificate in changed {
            for publication in certificate.publications {
                lines.add(certificate.name, publication, in: certificate.publicationZone)
            }
        }
        lines.print()
        for certificate in changed {
            for target in certificate.released {
                Console.line(
                    Console.oneLine(
                        "  \(certificate.name) -> \(target) is not managed any more; nothing is deleted there."))
            }
        }
    }

    /// "2 versions at once and 1 version later (shop.example.org Sun 28 Nov 08:00)"
    private func issued(_ now: Instant) -> String {
        let runs = certificates.compactMap { certificate in
            certificate.issuesAt.flatMap { Instant(rfc3339: $0) }.map { (certificate, $0) }
        }
        let later = runs.filter { $0.1 > now }
        var parts: [String] = []
        if runs.count > later.count { parts.append("\(Wording.count(runs.count - later.count, "version")) at once") }
        if !later.isEmpty {
            let names = later.prefix(3).map { certificate, at in
                "\(certificate.name) \(LocalTime(at, in: certificate.zone).words)"
            }
            let more = later.count > names.count ? ", …" : ""
            parts.append(
                "\(Wording.count(later.count, "version")) later (\(names.joined(separator: ", "))\(more))")
        }
        return parts.isEmpty ? "nothing at once" : parts.joined(separator: " and ")
    }
}

extension ApplyReport.Certificate {
    fileprivate func print(_ warning: PreviewForm.Warning) {
        let id = warning.confirmation == nil ? "" : " (\(name)/\(warning.id))"
        Console.line(
            "    \(Console.paint("!", .warning)) " + Console.oneLine("\(warning.title) \(warning.text)\(id)"))
    }
}
