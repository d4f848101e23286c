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

    /// How long the next try has to wait; nil where it may come now.
    func wait(account: String, address: String, now: Instant) -> Span? {
        counts.withLock { counts in
            let waits = [
                pause(counts["a/\(account)"], free: Self.free, now),
                pause(counts["h/\(address)"], free: Self.freeForAddress, now),
            ]
            return waits.compactMap { $0 }.max()
        }
    }

    func failed(account: String, address: String, now: Instant) {
        counts.withLock { counts in
            if counts.count > Self.kept { counts = counts.filter { now - $0.value.last < Self.forgotten } }
            if counts.count > 2 * Self.kept { counts = [:] }
            for key in ["a/\(account)", "h/\(address)"] {
                var count = counts[key] ?? Count(last: now)
                if now - count.last >= Self.forgotten { count.failures = 0 }
                count.failures += 1
                count.last = now
                counts[key] = count
            }
        }
    }

    func succeeded(account: String) { counts.withLock { $0["a/\(account)"] = nil } }

    private func pause(_ count: Count?, free: Int, _ now: Instant) -> Span? {
        guard let count, count.failures >= free, now - count.last < Self.forgotten else { return nil }
        let doublings = min(count.failures - free, 10)
        let pause = min(Span.seconds(Int64(1) << doublings), Self.longest)
        let until = count.last + pause
        return until > now ? until - now : nil
    }
}
