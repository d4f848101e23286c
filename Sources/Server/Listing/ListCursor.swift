import Foundation

/// Where a page ended: the place of its last row in the order of the list. The next page begins behind it, so that what
/// comes or goes between the two makes no other row appear twice or not at all.
package struct ListCursor: Codable, Hashable, Sendable {
    /// Which order it is a place in.
    var order: String
    var key: Int64
    var name: String
    var names: String?
    var id: Int64

    init(order: String, key: Int64, name: String, names: String? = nil, id: Int64) {
        self.order = order
        self.key = key
        self.name = name
        self.names = names
        self.id = id
    }

    /// As programs hand it back; nil where it is none.
    package init?(_ text: String) {
        guard text.utf8.count <= 8192 else { return nil }
        let plain = text.replacing("-", with: "+").replacing("_", with: "/")
        let padded = plain + String(repeating: "=", count: (4 - plain.count % 4) % 4)
        guard let data = Data(base64Encoded: padded), let cursor = try? JSONDecoder().decode(Self.self, from: data)
        else { return nil }
        self = cursor
    }

    /// For a query of an address (RFC 4648, section 5, without padding).
    package var text: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let data = (try? encoder.encode(self)) ?? Data()
        return data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}

extension ListQuery {
    /// Which order its rows are in.
    var order: String { "\(sort.rawValue) \(isDescending ? "desc" : "asc")" }
}

extension ListOrder {
    /// The place of a row.
    func cursor(_ candidate: Candidate) -> ListCursor {
        let block = content.blocks[Int(candidate.block)]
        let row = block.rows[Int(candidate.row)]
        func text(_ range: Range<Int>) -> String { String(decoding: block.text[range], as: UTF8.self) }
        return ListCursor(
            order: query.order, key: candidate.key, name: text(block.nameRange(row)),
            names: query.sort == .names ? text(block.namesRange(row)) : nil, id: row.id)
    }

    /// Whether a row comes behind a place, by the same rules as `comesFirst`.
    func isBehind(_ cursor: ListCursor, _ row: StoredRow, _ block: RegisterBlock, key: Int64) -> Bool {
        if key != cursor.key { return (cursor.key < key) != query.isDescending }
        if query.sort == .names {
            let order = Self.compare(cursor.names ?? "", block, block.namesRange(row))
            if order != 0 { return (order < 0) != query.isDescending }
        }
        let order = Self.compare(cursor.name, block, block.nameRange(row))
        if order != 0 { return (order < 0) != (query.isDescending && query.sort == .name) }
        return cursor.id < row.id
    }

    private static func compare(_ text: String, _ block: RegisterBlock, _ range: Range<Int>) -> Int {
        let bytes = Array(text.utf8)
        for (byte, other) in zip(bytes, block.text[range]) where byte != other { return byte < other ? -1 : 1 }
        return bytes.count - range.count
    }
}
