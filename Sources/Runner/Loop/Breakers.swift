import Automation
import PluginKit
import Synchronization

/// The breakers of all targets and issuers, in the memory of the runner.
final class Breakers: Sendable {
    private let breakers = Mutex<[Int64: Breaker]>([:])

    /// Until when nothing is tried there; nil where nothing speaks against it.
    func closedOff(_ group: Int64, at now: Instant) -> Instant? {
        breakers.withLock { breakers in
            guard let breaker = breakers[group], breaker.isOpen(at: now) else { return nil }
            return breaker.openUntil
        }
    }

    func succeeded(_ group: Int64) { breakers.withLock { $0[group] = nil } }

    /// Only what says something about the other side counts.
    func failed(_ group: Int64, _ kind: FailureClass, at now: Instant) {
        guard kind == .transient || kind == .rateLimited else { return }
        breakers.withLock { $0[group, default: Breaker()].failed(at: now) }
    }
}
