import Automation
import Foundation
import Server

extension ApplyReport {
    /// - Parameter confirms: whether warnings are confirmed by their ids.
    func print(now: Instant, confirms: Bool) {
        let changed = certificates.filter { !$0.isUnchanged }
        for certificate in changed {
            let sign = certificate.isNew ? Console.paint("+", .good) : Console.paint("~", .warning)
            Console.line("\(sign) \(Console.oneLine(certificate.name))")
            for line in certificate.differences { Console.line("    \(Console.harmless(line))") }
            for warning in certificate.warnings {
                let id = confirms && !certificate.isNew ? " (\(certificate.name)/\(warning.id))" : ""
                let words = Console.oneLine("\(warning.title) \(warning.text)\(id)")
                Console.line("    \(Console.paint("!", .warning)) \(words)")
            }
        }
        guard !changed.isEmpty else { return }
        if changed.count > FlowWarnings.limit {
            Console.line("Only the first \(FlowWarnings.limit) flows that change were looked at for warnings.")
        }
        let count = changed.map(\.publications.count).reduce(0, +)
        Console.line(
            "This issues \(issued(now)), and causes "
                + (count == 0 ? "no publication." : "\(Wording.count(count, "publication")):"))
        var lines = PublicationLines(now: now)
        for certificate in changed {
            for publication in certificate.publications {
                lines.add(
                    certificate.name, version: publication.version, to: publication.target, at: publication.at,
                    publication.reason, before: publication.before, in: certificate.publicationZone)
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
        let moments = Moments(now: now)
        let runs = certificates.compactMap { certificate in
            certificate.issuesAt.flatMap { Instant(rfc3339: $0) }.map { (certificate, $0) }
        }
        let later = runs.filter { !moments.isAtOnce($0.1) }
        var parts: [String] = []
        if runs.count > later.count { parts.append("\(Wording.count(runs.count - later.count, "version")) at once") }
        if !later.isEmpty {
            let names = later.prefix(3).map { certificate, at in
                "\(Console.oneLine(certificate.name)) \(LocalTime(at, in: certificate.zone).words)"
            }
            let more = later.count > names.count ? ", …" : ""
            parts.append(
                "\(Wording.count(later.count, "version")) later (\(names.joined(separator: ", "))\(more))")
        }
        return parts.isEmpty ? "nothing at once" : parts.joined(separator: " and ")
    }
}
