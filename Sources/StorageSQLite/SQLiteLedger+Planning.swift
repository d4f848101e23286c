import Automation
import Foundation
import GRDB
import Storage

extension SQLiteLedger {
    private static let planningQuery = """
        SELECT c.id, c.renewal_on, c.renew_in, c.days, c.publication_on, c.publish_on, c.last_resort, c.earlier,
          c.cells, c.zone, c.publication_cells, c.publication_zone, c.issuer, c.seed,
          c.retired = 0 AND c.pause IS NULL AND r.current > 0 AND c.renewals_asked = r.renewals_done
            AND c.reissues_asked = r.reissues_done AND r.revoked_at IS NULL AND r.trouble IS NULL
            AND r.barred IS NULL AND r.early_at IS NULL AND (c.publication_on = 0 OR r.held_number >= r.current)
            AND NOT EXISTS (SELECT 1 FROM intent i WHERE i.certificate = c.id AND i.standing = 'open'),
          r.current, r.not_before, r.not_after, r.chain_not_after, r.stored_at, r.issued_here,
          r.advice_start, r.advice_end, r.advice_first, r.advice_learnt, d.at
        FROM certificate c JOIN renewal r ON r.certificate = c.id
          LEFT JOIN due d ON d.id = c.id AND d.kind = \(WorkKey.Kind.renewal.rawValue)
        WHERE c.id > ? ORDER BY c.id LIMIT ?
        """

    public func planningRows(after id: Int64, limit: Int) async throws -> [PlanningRow] {
        try await read { db in
            var rows: [PlanningRow] = []
            rows.reserveCapacity(limit)
            try db.cachedStatement(sql: Self.planningQuery).run([.integer(id), SQLValue(limit)]) { row in
                rows.append(try PlanningRow(&row))
            }
            return rows
        }
    }
}

extension PlanningRow {
    fileprivate init(_ row: inout RowReader) throws {
        self.init(
            certificate: try row.integer(), rules: try FlowRules(&row), issuer: try row.text(),
            seed: try row.integer(), isPlain: try row.flag(), current: try row.int(), life: try Life(ifPresent: &row),
            storedAt: try row.ifPresent { try $0.instant() }, issuedHere: try row.flag(),
            advice: try RenewalSituation.CAWindow(ifPresent: &row), dueAt: try row.ifPresent { try $0.instant() })
    }
}
