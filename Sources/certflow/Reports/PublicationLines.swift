import Automation
import Runner
import Server

/// Publications to come, for people: what, when, why.
enum PublicationLines {
    private static let shown = 20

    static func print(_ consequences: [Consequences], now: Instant) {
        let moments = Moments(now: now)
        var table = Table("WHAT", "WHEN", "WHY")
        let all = consequences.flatMap { follows in follows.publications.map { (follows, $0) } }
        for (follows, publication) in all.prefix(shown) {
            let when = publication.run.map { run in
                run.at <= now ? "at once" : moments.words(run.at, in: follows.zone)
            }
            let moved = publication.before.map { "; without this \(LocalTime($0, in: follows.zone).words)" } ?? ""
            table.add(
                .init("\(follows.certificate) version \(publication.version) -> \(publication.target)"),
                when.map { .init($0) } ?? .init("never", .bad), .init(publication.reason(in: follows.zone) + moved))
        }
        for line in table.isEmpty ? [] : table.lines { Console.line("  \(line)") }
        if all.count > shown { Console.line("  … and \(all.count - shown) more") }
    }
}
