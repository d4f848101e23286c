import Automation
import Synchronization

/// Slows down who guesses passwords: by account and by address, in memory.
///
/// After five failures each further try waits twice as long as the one before, a quarter of an hour at most. It is told
/// to wait, whether or not the password was right, and whether or not there is such an account.
final class SignInThrottle: Sendable {
    private struct Count {
        var failures = 0
        var last: Instant
    }

    private static let free = 5
    private static let forgotten = Span.hours(1)
    private static let longest = Span.minutes(15)
    /// An address may stand for many people.
    private static let freeForAddress = 30
    private static let kept = 10_000

    private let counts = Mutex<[String: Count]>([:])

    /// Begins a try, which counts as failed until it is said to be otherwise: many at a time are no way around it.
    /// - Returns: how long it has to wait instead; nil where it may be made.
    func begin(account: String, address: String, now: Instant) -> Span? {
        counts.withLock { counts in
            let waits = [
                pause(counts[Self.key(account: account)], free: Self.free, now),
                pause(counts[Self.key(address: address)], free: Self.freeForAddress, now),
            ]
            if let longest = waits.compactMap({ $0 }).max() { return longest }
            if counts.count > Self.kept { counts = counts.filter { now - $0.value.last < Self.forgotten } }
            if counts.count > 2 * Self.kept { counts = [:] }
            for key in [Self.key(account: account), Self.key(address: address)] {
                var count = counts[key] ?? Count(last: now)
                if now - count.last >= Self.forgotten { count.failures = 0 }
                count.failures += 1
                count.last = now
                counts[key] = count
            }
            return nil
        }
    }

    func succeeded(account: String, address: String) {
        counts.withLock { counts in
            counts[Self.key(account: account)] = nil
            Self.takeBack(Self.key(address: address), &counts)
        }
    }

    /// It was neither right nor wrong, for it was never made.
    func tookBack(account: String, address: String) {
        counts.withLock { counts in
            for key in [Self.key(account: account), Self.key(address: address)] { Self.takeBack(key, &counts) }
        }
    }

    private static func takeBack(_ key: String, _ counts: inout [String: Count]) {
        guard let count = counts[key] else { return }
        counts[key]?.failures = max(0, count.failures - 1)
    }

    private static func key(account: String) -> String { "a/\(account)" }
    private static func key(address: String) -> String { "h/\(address)" }

    private func pause(_ count: Count?, free: Int, _ now: Instant) -> Span? {
        guard let count, count.failures >= free, now - count.last < Self.forgotten else { return nil }
        let doublings = min(count.failures - free, 10)
        let pause = min(Span.seconds(Int64(1) << doublings), Self.longest)
        let until = count.last + pause
        return until > now ? until - now : nil
    }
}
