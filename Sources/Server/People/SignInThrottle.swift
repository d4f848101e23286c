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

    fileprivate static let free = 5
    private static let forgotten = Span.hours(1)
    private static let longest = Span.minutes(15)
    /// An address may stand for many people.
    fileprivate static let freeForAddress = 30
    private static let kept = 10_000

    /// Whose tries are counted together. Those of people who are in already are none of those at the door: nobody locks
    /// them out by guessing there.
    enum Guess: Sendable, Hashable {
        /// At the door, by the name that was given.
        case account(String)
        case address(String)
        /// Proving again who it is, within a session of that account.
        case proof(String)
        /// Links to choose a password, by where they are opened.
        case invitation(String)

        fileprivate var free: Int {
            if case .address = self { return SignInThrottle.freeForAddress }
            return SignInThrottle.free
        }
    }

    private let counts = Mutex<[Guess: Count]>([:])

    /// Begins a try, which counts as failed until it is said to be otherwise: many at a time are no way around it.
    /// - Returns: how long it has to wait instead; nil where it may be made.
    func begin(_ guesses: [Guess], now: Instant) -> Span? {
        counts.withLock { counts in
            if let longest = guesses.compactMap({ pause(counts[$0], free: $0.free, now) }).max() { return longest }
            if counts.count > Self.kept { counts = counts.filter { now - $0.value.last < Self.forgotten } }
            if counts.count > 2 * Self.kept { counts = [:] }
            for guess in guesses {
                var count = counts[guess] ?? Count(last: now)
                if now - count.last >= Self.forgotten { count.failures = 0 }
                count.failures += 1
                count.last = now
                counts[guess] = count
            }
            return nil
        }
    }

    func succeeded(_ guesses: [Guess]) {
        counts.withLock { counts in
            for guess in guesses {
                // An address stands for others, too: what they failed at stays.
                if case .address = guess { Self.takeBack(guess, &counts) } else { counts[guess] = nil }
            }
        }
    }

    /// It was neither right nor wrong, for it was never made.
    func tookBack(_ guesses: [Guess]) {
        counts.withLock { counts in
            for guess in guesses { Self.takeBack(guess, &counts) }
        }
    }

    private static func takeBack(_ guess: Guess, _ counts: inout [Guess: Count]) {
        guard let count = counts[guess] else { return }
        counts[guess]?.failures = max(0, count.failures - 1)
    }

    private func pause(_ count: Count?, free: Int, _ now: Instant) -> Span? {
        guard let count, count.failures >= free, now - count.last < Self.forgotten else { return nil }
        let doublings = min(count.failures - free, 10)
        let pause = min(Span.seconds(Int64(1) << doublings), Self.longest)
        let until = count.last + pause
        return until > now ? until - now : nil
    }
}
