import Automation
import Server

/// Publications to come, for people: what, when, why.
struct PublicationLines {
    private static let shown = 20

    private let moments: Moments
    private var table = Table("WHAT", "WHEN", "WHY")
    private var count = 0

    init(now: Instant) { moments = Moments(now: now) }

    /// - Parameter zone: of its window.
    mutating func add(_ certificate: String, _ publication: ApplyReport.Publication, in zone: Zone) {
        add(
            "\(certificate) version \(publication.version) -> \(publication.target)", publication.at,
            publication.reason, before: publication.before, zone)
    }

    mutating func add(_ publication: ProfileCheckReport.Publication) {
        add(
            "\(publication.certificate) version \(publication.version) -> \(publication.target)", publication.at,
            publication.reason, before: publication.before, publication.zone)
    }

    private mutating func add(_ what: String, _ at: String?, _ reason: String, before: String?, _ zone: Zone) {
        count += 1
        guard count <= Self.shown else { return }
        let when = at.flatMap { Instant(rfc3339: $0) }.map { at in
            at <= moments.now ? "at once" : moments.words(at, in: zone)
        }
        let moved =
            before.flatMap { Instant(rfc3339: $0) }.map { "; without this \(LocalTime($0, in: zone).words)" } ?? ""
        table.add(.init(what), when.map { .init($0) } ?? .init("never", .bad), .init(reason + moved))
    }

    func print() {
        for line in table.isEmpty ? [] : table.lines { Console.line("  \(line)") }
        if count > Self.shown { Console.line("  … and \(count - Self.shown) more") }
    }
}
