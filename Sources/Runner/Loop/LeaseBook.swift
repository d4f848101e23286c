import Automation
import Storage
import Synchronization

/// The claims that this runner holds, and until when it may trust them by its own clock.
final class LeaseBook: Sendable {
    private let trust = Mutex<[Fence: Duration]>([:])

    /// Local trust ends before the lease does: at five sixths of it.
    static func trusted(_ lease: Span) -> Duration { .seconds(lease.seconds) * 5 / 6 }

    func add(_ claims: [Claim], trustedUntil end: Duration) {
        trust.withLock { trust in for claim in claims { trust[claim.fence] = end } }
    }

    func remove(_ fence: Fence) { trust.withLock { $0[fence] = nil } }

    var held: Set<Fence> { trust.withLock { Set($0.keys) } }

    /// What the heartbeat learnt: those not among `extended` are lost.
    func renew(_ asked: Set<Fence>, extended: Set<Fence>, trustedUntil end: Duration) {
        trust.withLock { trust in
            for fence in asked where trust[fence] != nil { trust[fence] = extended.contains(fence) ? end : .zero }
        }
    }

    func isTrusted(_ fence: Fence, at monotonic: Duration) -> Bool {
        trust.withLock { $0[fence].map { monotonic < $0 } ?? false }
    }
}
