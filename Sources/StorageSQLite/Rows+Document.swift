import Automation
import Foundation
import Storage

extension DocumentRecord: StoredRecord {
    static let table = StoredTable(
        "document", key: ["kind", "key"], ["kind", "key", "owner", "ends_at", "revision", "body"])

    init(_ row: inout RowReader) throws {
        let (kind, key, owner) = (try row.word(Kind.self), try row.text(), try row.text())
        let (endsAt, revision) = (try row.instant(), try row.int())
        self.init(kind, key, owner: owner, endsAt: endsAt, revision: revision, body: try row.text())
    }

    func write(to row: inout RowWriter) throws {
        row.add(kind.rawValue)
        row.add(key)
        row.add(owner)
        row.add(endsAt)
        row.add(revision)
        row.add(body)
    }
}
