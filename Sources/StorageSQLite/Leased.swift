import Automation
import Foundation
import Storage

/// A claim as it stands in the database, with what somebody scheduled while it was held.
struct Leased: StoredRecord {
    var claim: Claim
    var owner: String
    var again: DueRecord?

    static let table = StoredTable(
        "lease", key: ["fence"],
        [
            "fence", "kind", "id", "owner", "until", "due_at", "deadline", "work_group", "starts", "manual",
            "again_at", "again_deadline", "again_group", "again_manual",
        ])

    init(_ claim: Claim, owner: String) {
        self.claim = claim
        self.owner = owner
    }

    init(_ row: inout RowReader) throws {
        let fence = Fence(token: try row.integer())
        let work = try WorkKey(&row)
        owner = try row.text()
        claim = Claim(
            work: work, fence: fence, until: try row.instant(), dueAt: try row.instant(), deadline: try row.instant(),
            group: try row.integer(), starts: try row.int(), isManual: try row.flag())
        again = try DueRecord(again: &row, work)
    }

    func write(to row: inout RowWriter) throws {
        row.add(claim.fence.token)
        row.add(claim.work.kind.rawValue)
        row.add(claim.work.id)
        row.add(owner)
        row.add(claim.until)
        row.add(claim.dueAt)
        row.add(claim.deadline)
        row.add(claim.group)
        row.add(claim.starts)
        row.add(claim.isManual)
        row.add(again?.at)
        row.add(again?.deadline)
        row.add(again?.group)
        row.add(again.map { $0.isManual ? 1 : 0 })
    }
}
