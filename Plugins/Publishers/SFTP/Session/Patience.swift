import Foundation

/// How long a session waits for the other side: until a deadline, or shortly after its task was cancelled.
///
/// Not `Sendable`: it belongs to the thread of one session.
final class Patience {
    /// What was under way when its task was cancelled may still come to an end: a half-done exchange costs the session.
    private static let grace = Duration.seconds(2)

    private let waker: WakeDescriptor
    private var graceEnd: ContinuousClock.Instant?

    init(_ waker: WakeDescriptor) { self.waker = waker }

    /// For the next task.
    func renew() {
        graceEnd = nil
        waker.settle()
    }

    /// Waits until `descriptor` is ready for `events` (poll(2)), or somebody woke the thread.
    /// - Throws: `SSHProblem` (`timedOut`) past `deadline`, `CancellationError` past the grace of a cancelled task.
    func wait(for descriptor: Int32, _ events: Int32, until deadline: ContinuousClock.Instant) throws {
        let now = ContinuousClock.now
        if graceEnd == nil, Task.isCancelled { graceEnd = now + Self.grace }
        let end = min(deadline, graceEnd ?? deadline)
        guard now < end else {
            if let graceEnd, graceEnd <= deadline { throw CancellationError() }
            throw SSHProblem(.timedOut, "no answer in time")
        }
        var waiting = [
            pollfd(fd: descriptor, events: Int16(truncatingIfNeeded: events), revents: 0),
            pollfd(fd: waker.descriptor, events: Int16(POLLIN), revents: 0),
        ]
        let (seconds, attoseconds) = (end - now).components
        let milliseconds = min(seconds, 3600) * 1000 + attoseconds / 1_000_000_000_000_000 + 1
        let ready = poll(&waiting, nfds_t(waiting.count), Int32(clamping: milliseconds))
        guard ready >= 0 || errno == EINTR else {
            throw SSHProblem(.library, "poll: \(String(cString: strerror(errno)))")
        }
        if waiting[1].revents != 0 { waker.settle() }
    }
}
