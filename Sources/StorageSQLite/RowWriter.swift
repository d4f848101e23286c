import Automation
import Foundation

/// The values of one record, in the order of its table's columns.
struct RowWriter {
    private(set) var values: [SQLValue] = []

    init(columns: Int) { values.reserveCapacity(columns) }

    mutating func add(_ value: Int?) { values.append(SQLValue(value)) }
    mutating func add(_ value: Int64?) { values.append(SQLValue(value)) }
    mutating func add(_ value: Bool) { values.append(SQLValue(value)) }
    mutating func add(_ value: Instant?) { values.append(SQLValue(value)) }
    mutating func add(_ value: String?) { values.append(SQLValue(value)) }
    mutating func add(_ value: Data?) { values.append(SQLValue(value)) }
    mutating func add(json value: (some Encodable)?) throws {
        values.append(SQLValue(try value.map { try JSONText.encode($0) }))
    }
}
