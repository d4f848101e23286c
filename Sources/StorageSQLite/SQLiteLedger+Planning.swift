import Automation
import Foundation
import GRDB
import GRDBSQLite
import Storage

extension SQLiteLedger {
    private static let planningQuery = """
        SELECT c.id, c.renewal_on, c.renew_in, c.days, c.publication_on, c.publish_on, c.last_resort, c.earlier,
          c.cells, c.zone, c.publication_cells, c.publication_zone, c.issuer, c.seed,
          r.current, r.not_before, r.not_after, r.chain_not_after, r.stored_at, r.issued_here,
          r.advice_start, r.advice_end, r.advice_first, r.advice_learnt,
          c.retired = 0 AND c.pause IS NULL AND r.current > 0 AND c.renewals_asked = r.renewals_done
            AND c.reissues_asked = r.reissues_done AND r.revoked_at IS NULL AND r.trouble IS NULL
            AND r.barred IS NULL AND (c.publication_on = 0 OR r.held_number >= r.current),
          d.at
        FROM certificate c JOIN renewal r ON r.certificate = c.id
          LEFT JOIN due d ON d.id = c.id AND d.kind = \(WorkKey.Kind.renewal.rawValue)
        WHERE c.id > ? ORDER BY c.id LIMIT ?
        """

    public func planningRows(after id: Int64, limit: Int) async throws -> [PlanningRow] {
        try await read { db in
            let statement = try db.cachedStatement(sql: Self.planningQuery)
            try statement.setArguments([id, limit])
            defer { sqlite3_reset(statement.sqliteStatement) }
            var rows: [PlanningRow] = []
            rows.reserveCapacity(limit)
            // Read by position: a million of these are walked when the zone data changes.
            while sqlite3_step(statement.sqliteStatement) == SQLITE_ROW {
                rows.append(try PlanningRow(HotRow(raw: statement.sqliteStatement)))
            }
            return rows
        }
    }
}

extension PlanningRow {
    fileprivate init(_ row: HotRow) throws {
        var rules = FlowRules(
            renewalEnabled: row.integer(1) != 0, renewIn: RenewIn(code: Int(row.integer(2)), days: Int(row.integer(3))),
            publicationEnabled: row.integer(4) != 0, publishOn: try stored(PublishOn.self, row.text(5)),
            lastResort: try stored(LastResort.self, row.text(6)),
            window: Window(Cells(bits: UInt64(bitPattern: row.integer(8))), zone: try FlowRules.zone(row.text(9))),
            earlier: row.integer(7) != 0)
        if !row.isNull(10) {
            let cells = Cells(bits: UInt64(bitPattern: row.integer(10)))
            rules.publicationWindow = Window(cells, zone: try FlowRules.zone(row.text(11)))
        }
        var life: Life?
        if let notBefore = row.instant(ifPresent: 15), let notAfter = row.instant(ifPresent: 16) {
            life = Life(notBefore: notBefore, notAfter: notAfter, chainNotAfter: row.instant(ifPresent: 17))
        }
        var advice: RenewalSituation.CAWindow?
        if let start = row.instant(ifPresent: 20), let end = row.instant(ifPresent: 21) {
            advice = .init(start: start, end: end, firstStart: row.instant(22), learnt: row.instant(23))
        }
        self.init(
            certificate: row.integer(0), rules: rules, issuer: row.text(12), seed: row.integer(13),
            isPlain: row.integer(24) != 0, current: Int(row.integer(14)), life: life,
            storedAt: row.instant(ifPresent: 18), issuedHere: row.integer(19) != 0, advice: advice,
            dueAt: row.instant(ifPresent: 25))
    }
}
