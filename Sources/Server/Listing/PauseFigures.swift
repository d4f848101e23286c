import Automation
import Runner

/// How many flows are paused, of the certificates that somebody sees; those out of service aside.
package struct PauseFigures: Sendable, Hashable {
    package var all = 0
    package var paused = 0
    /// Of all of them, the first end that is still to come, and whose it is.
    package var firstEnd: Instant?
    package var firstName = ""
    /// The same of those that are paused.
    package var firstPausedEnd: Instant?
    package var firstPausedName = ""

    package var running: Int { all - paused }

    init(_ content: RegisterContent, scope: CertificateScope, at now: Instant) {
        let scoped = content.tables.labels.marks { scope.admits($0) }
        for block in content.blocks {
            for row in block.rows where scoped.holds(row.labels) {
                let figures = row.figures
                guard !figures.flags.contains(.retired) else { continue }
                all += 1
                let isPaused = figures.flags.contains(.paused)
                if isPaused { paused += 1 }
                let end = min(figures.end, figures.firstEndServed)
                guard end > now, end != .distantFuture else { continue }
                if end < firstEnd ?? .distantFuture { (firstEnd, firstName) = (end, block.name(row)) }
                if isPaused, end < firstPausedEnd ?? .distantFuture {
                    (firstPausedEnd, firstPausedName) = (end, block.name(row))
                }
            }
        }
    }
}

extension CertificateRegister {
    package nonisolated func pauses(scope: CertificateScope = .all, at now: Instant) -> PauseFigures {
        PauseFigures(snapshot, scope: scope, at: now)
    }
}
