import Automation
import Foundation
import Runner

/// What applying files would change, and what follows from it. The form of `apply --output json`.
struct ApplyReport: Encodable {
    struct Publication: Encodable {
        /// "profile/target"
        var target: String
        var version: Int
        /// Nil where no period of the window is ever open for it.
        var at: String?
        var reason: String
        /// When it would have been without the change.
        var before: String?
    }

    struct Certificate: Encodable {
        var name: String
        /// "created", "changed", "unchanged"
        var effect: String
        var differences: [String]
        /// Why a version is issued, and when.
        var issues: String?
        var issuesAt: String?
        var publications: [Publication]
        /// Targets that are not managed any more.
        var released: [String]
    }

    var certificates: [Certificate]
    var dryRun: Bool

    /// Not part of the form: for people.
    private let consequences: [Consequences]

    private enum CodingKeys: String, CodingKey { case certificates, dryRun }

    init(_ applied: [Desk.AppliedCertificate], _ consequences: [Consequences], dryRun: Bool) {
        let byName = Dictionary(consequences.map { ($0.certificate, $0) }) { first, _ in first }
        self.consequences = consequences
        self.dryRun = dryRun
        certificates = applied.map { certificate in
            let follows = byName[certificate.name]
            return Certificate(
                name: certificate.name, effect: certificate.effect.rawValue, differences: certificate.differences,
                issues: follows?.issues.map { Wording.short($0.cause) },
                issuesAt: follows?.issues?.at.rfc3339,
                publications: follows?.publications.map { Self.publication($0, follows?.zone ?? .utc) } ?? [],
                released: follows?.released ?? [])
        }
    }

    private static func publication(_ publication: Consequences.Publication, _ zone: Zone) -> Publication {
        Publication(
            target: publication.target, version: publication.version, at: publication.run?.at.rfc3339,
            reason: PublicationLines.reason(publication, zone),
            before: publication.before?.rfc3339)
    }

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
