import Automation
import Foundation

/// Plans every renewal anew and moves what is due at another time now: after the zone data changed.
///
/// Memory stays the same however many flows there are; work that is claimed or scheduled meanwhile is left alone.
public struct ReplanWalk: Sendable {
    public struct Report: Sendable, Hashable {
        public var flows = 0
        /// Those that are due at another time now.
        public var moved = 0
        /// Those among them where more than the planner decides, so that they are due at once.
        public var lookedAt = 0
        public init() {}
    }

    /// Rows read at a time.
    private static let page = 4096
    /// Moves written at a time: many, so that pages of the table are shared; few enough to let others in between.
    private static let batch = 131_072

    private let ledger: any Ledger

    public init(ledger: any Ledger) { self.ledger = ledger }

    /// - Returns: how many there are, and what became of them.
    public func run(at now: Instant) async throws -> Report {
        var report = Report()
        var moves: [DueMove] = []
        var others: [Change.Write] = []
        var page = try await ledger.planningRows(after: 0, limit: Self.page)
        while let last = page.last?.certificate {
            async let next = ledger.planningRows(after: last, limit: Self.page)
            report.flows += page.count
            for row in page { plan(row, now, &moves, &others, &report) }
            if moves.count >= Self.batch {
                report.moved += moves.count
                try await write(&moves, &others)
            }
            page = try await next
        }
        report.moved += moves.count
        try await write(&moves, &others)
        return report
    }

    private func plan(
        _ row: PlanningRow, _ now: Instant, _ moves: inout [DueMove], _ others: inout [Change.Write],
        _ report: inout Report
    ) {
        guard let from = row.dueAt else { return }
        let work = WorkKey(.renewal, row.certificate)
        guard let situation = row.situation else {
            if from > now {
                moves.append(DueMove(work, from: from, to: now, deadline: nil))
                report.lookedAt += 1
            }
            return
        }
        guard let run = RenewalPlanner(row.rules).plan(situation, now: now) else {
            others.append(.unschedule(work))
            return
        }
        if run.at != from {
            moves.append(DueMove(work, from: from, to: run.at, deadline: run.deadline ?? .distantFuture))
        }
    }

    private func write(_ moves: inout [DueMove], _ others: inout [Change.Write]) async throws {
        guard !moves.isEmpty || !others.isEmpty else { return }
        _ = try await ledger.commit(Change([.moveDue(moves)] + others))
        moves.removeAll(keepingCapacity: true)
        others.removeAll(keepingCapacity: true)
    }
}
