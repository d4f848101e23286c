import Automation
import PluginKit
import Storage

/// Tells people that what is in use nears its end while nothing is done about it, although nothing failed: somebody
/// paused or held it, was asked and did not answer, or has to look first. At 50, 25 and 10 % of its life.
struct Deadlines {
    private let outside: RunnerDependencies
    private let work: WorkKey

    init(_ outside: RunnerDependencies, _ work: WorkKey) {
        self.outside = outside
        self.work = work
    }

    /// Remembers what was told: "the end in question/level".
    private var key: String { "told/\(work.kind.rawValue)/\(work.id)" }

    /// - Parameter why: a sentence without its end: "Publication of a to b waits for its window".
    func writes(_ why: String, certificate: String, _ life: Life, _ now: Instant) async throws -> [Change.Write] {
        let level = AlertPolicy.level(failures: 1, atStake: life, now: now)
        guard level > .first else { return [] }
        let told = try await outside.ledger.meta(key)?.split(separator: "/").compactMap { Int64($0) } ?? []
        if told.first == life.chainNotAfter.seconds, let known = told.last, known >= Int64(level.rawValue) { return [] }
        let notice = try await Alarms(outside).notice(
            title: "\(certificate): \(level.words)",
            body: "\(why).\nWhat is in use ends \(life.chainNotAfter).", certificate: certificate, level: level,
            now: now)
        return notice + [.putMeta(key: key, value: "\(life.chainNotAfter.seconds)/\(level.rawValue)")]
    }

    /// When there is more to tell.
    func next(_ life: Life, _ now: Instant) -> Instant? { AlertPolicy.nextLevel(of: life, after: now) }
}

extension WorkKey {
    static func renewal(_ certificate: Int64) -> WorkKey { WorkKey(.renewal, certificate) }
    static func publication(_ placement: Int64) -> WorkKey { WorkKey(.publication, placement) }
}
