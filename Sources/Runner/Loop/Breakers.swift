import Automation
import PluginKit
import Storage
import Synchronization

/// The breakers of all targets and issuers, in the memory of the runner.
final class Breakers: Sendable {
    private let breakers = Mutex<[Int64: Breaker]>([:])

    /// Until when this work is not tried; nil where nothing speaks against it, or where waiting would cost a fiftieth
    /// of the time that it has: lives may be as short as the pauses are long.
    func closedOff(_ claim: Claim, group: Int64, at now: Instant) -> Instant? {
        breakers.withLock { breakers in
            guard let breaker = breakers[group], breaker.isOpen(at: now), let until = breaker.openUntil,
                (until - now) * 50 <= claim.deadline - now
            else { return nil }
            return until
        }
    }

    func succeeded(_ group: Int64) { breakers.withLock { $0[group] = nil } }

    /// Only what says something about the other side counts. A server that is overloaded says when all may come again;
    /// a limit may be that of one name.
    func failed(_ group: Int64, _ failure: PluginFailure, at now: Instant) {
        guard failure.kind == .transient || failure.kind == .rateLimited else { return }
        let wish = failure.kind == .transient ? failure.retryAfter.map(Instant.init) : nil
        breakers.withLock { $0[group, default: Breaker()].failed(at: now, wish: wish) }
    }
}
