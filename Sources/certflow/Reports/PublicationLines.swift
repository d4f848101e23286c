import Automation
import Server

/// Publications to come, for people: what, when, why.
struct PublicationLines {
    private static let shown = 20

    private let moments: Moments
    private var table = Table("WHAT", "WHEN", "WHY")
    private var count = 0

    init(now: Instant) { moments = Moments(now: now) }

    /// - Parameters:
    ///   - at: RFC 3339; nil where it never happens.
    ///   - before: when it would have been otherwise; nil where it would not have been.
    ///   - zone: of its window.
    mutating func add(
        _ certificate: String, version: Int, to target: String, at: String?, _ reason: String, before: String?,
        in zone: Zone
    ) {
        count += 1
        guard count <= Self.shown else { return }
        let when = at.flatMap { Instant(rfc3339: $0) }.map { at in
            moments.isAtOnce(at) ? "at once" : moments.words(at, in: zone)
        }
        let moved =
            before.flatMap { Instant(rfc3339: $0) }.map { "; without this \(LocalTime($0, in: zone).words)" } ?? ""
        table.add(
            .init("\(certificate) version \(version) -> \(target)"), when.map { .init($0) } ?? .init("never", .bad),
            .init(reason + moved))
    }

    func print() {
        for line in table.isEmpty ? [] : table.lines { Console.line("  \(line)") }
        if count > Self.shown { Console.line("  … and \(count - Self.shown) more") }
    }
}
