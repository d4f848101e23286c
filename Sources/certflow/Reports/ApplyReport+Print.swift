import Automation
import Foundation
import Runner
import Server
import Storage

extension ApplyReport {
    /// "2 versions at once and 1 version later (shop.example.org Sun 28 Nov 08:00)"
    private func issued(_ now: Instant) -> String {
        let runs = consequences.compactMap { follows in follows.issues.map { (follows, $0) } }
        let later = runs.filter { $0.1.at > now }
        var parts: [String] = []
        if runs.count > later.count { parts.append("\(Wording.count(runs.count - later.count, "version")) at once") }
        if !later.isEmpty {
            let names = later.prefix(3).map { "\($0.certificate) \(LocalTime($1.at, in: $0.zoneOfRenewal).words)" }
            let more = later.count > names.count ? ", …" : ""
            parts.append(
                "\(Wording.count(later.count, "version")) later (\(names.joined(separator: ", "))\(more))")
        }
        return parts.isEmpty ? "nothing at once" : parts.joined(separator: " and ")
    }

    func print(now: Instant) {
        for certificate in certificates where certificate.effect != "unchanged" {
            let sign =
                certificate.effect == "created" ? Console.paint("+", .good) : Console.paint("~", .warning)
            Console.line("\(sign) \(certificate.name)")
            for line in certificate.differences { Console.line("    \(Console.harmless(line))") }
        }
        guard !consequences.isEmpty else { return }
        let count = consequences.map(\.publications.count).reduce(0, +)
        Console.line(
            "This issues \(issued(now)), and causes "
                + (count == 0 ? "no publication." : "\(Wording.count(count, "publication")):"))
        PublicationLines.print(consequences, now: now)
        for follows in consequences {
            for target in follows.released {
                Console.line("  \(follows.certificate) -> \(target) is not managed any more; nothing is deleted there.")
            }
        }
    }
}
