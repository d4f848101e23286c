import Automation
import Runner

/// The counts that stand on every page.
package struct RegisterTally: Sendable, Hashable {
    /// Certificates that wait for a person.
    package var attention = 0
    /// Runs whose time passed longer ago than the scheduler should need.
    package var overdue = 0
    /// Certificates that something is done to at this moment.
    package var running = 0
    /// Of the content that was counted, and when.
    fileprivate var edition: Int
    fileprivate var at: Instant

    fileprivate init(_ content: RegisterContent, scope: CertificateScope, grace: Span, at now: Instant) {
        edition = content.edition
        at = now
        let scoped = content.tables.labels.marks { scope.admits($0) }
        for block in content.blocks {
            for row in block.rows where scoped.holds(row.labels) {
                if row.figures.needsPerson(at: now) { attention += 1 }
                if row.figures.next < now - grace { overdue += 1 }
            }
        }
    }
}

extension CertificateRegister {
    private static let scopesKept = 64

    /// Counted once a second and change, however many pages are asked for.
    package nonisolated func tally(
        scope: CertificateScope = .all, grace: Span = .minutes(2), at now: Instant
    ) -> RegisterTally {
        let content = snapshot
        var tally: RegisterTally
        if let known = tallies.withLock({ $0[scope] }), known.edition == content.edition, known.at == now {
            tally = known
        } else {
            tally = RegisterTally(content, scope: scope, grace: grace, at: now)
            tallies.withLock { [tally] tallies in
                if tallies.count >= Self.scopesKept { tallies = [:] }
                tallies[scope] = tally
            }
        }
        // Few: looked at each time.
        tally.running = content.activities.keys.count { row($0, scope: scope, at: now) != nil }
        return tally
    }
}

extension CertificateRegister {
    /// How many newest versions end within each of these spans, and how many have ended.
    package nonisolated func ending(within spans: [Span], at now: Instant) -> (ended: Int, within: [Int]) {
        var (ended, within) = (0, spans.map { _ in 0 })
        for block in snapshot.blocks {
            for row in block.rows where row.figures.end != .distantFuture {
                if row.figures.end <= now { ended += 1 }
                for (index, span) in spans.enumerated() where row.figures.end <= now + span { within[index] += 1 }
            }
        }
        return (ended, within)
    }
}
