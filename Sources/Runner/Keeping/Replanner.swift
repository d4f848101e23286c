import Automation
import Foundation
import Storage

/// Plans all renewals anew: when the zone data changed, what was planned may lie at another time.
public struct Replanner: Sendable {
    /// So many flows are read and written at a time: memory stays the same at a million of them.
    private static let page = 5000

    public struct Report: Sendable, Hashable {
        public var flows = 0
        public var changed = 0
        public init() {}
    }

    private let ledger: any Ledger

    public init(ledger: any Ledger) { self.ledger = ledger }

    public func replan(at now: Instant) async throws -> Report {
        var report = Report()
        var last: Int64 = 0
        while true {
            let rows = try await ledger.planningRows(after: last, limit: Self.page)
            guard let end = rows.last else { return report }
            last = end.certificate
            let writes = Self.writes(for: rows, at: now)
            report.flows += rows.count
            report.changed += writes.count
            if !writes.isEmpty { _ = try await ledger.commit(Change(writes)) }
        }
    }

    /// The due rows that are not what the planner says; rows that more than the planner decides on are looked at.
    public static func writes(for rows: [PlanningRow], at now: Instant) -> [Change.Write] {
        var writes: [Change.Write] = []
        for row in rows {
            let work = WorkKey(.renewal, row.certificate)
            guard let situation = row.situation else {
                writes.append(.hasten(DueRecord(work, at: now, group: WorkGroup.issuer(row.issuer))))
                continue
            }
            let planner = RenewalPlanner(row.rules)
            let planned = planner.plan(situation, now: now)
            guard planned?.at != row.dueAt else { continue }
            if let planned {
                writes.append(
                    .schedule(
                        DueRecord(
                            work, at: planned.at, deadline: planned.deadline ?? .distantFuture,
                            group: WorkGroup.issuer(row.issuer))))
            } else {
                writes.append(.unschedule(work))
            }
        }
        return writes
    }
}
