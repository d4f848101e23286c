import Foundation
import Storage

/// Values that are read whole stand as JSON in one column.
enum JSONText {
    static func encode(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    static func decode<Value: Decodable>(_ type: Value.Type, _ text: String) throws -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(text.utf8))
        } catch {
            throw StorageError.damaged("a stored \(type) can't be read")
        }
    }
}

/// DER blocks one after another, each behind its length.
enum Blocks {
    static func encode(_ blocks: [Data]) -> Data {
        var bytes = Data()
        for block in blocks {
            withUnsafeBytes(of: UInt32(truncatingIfNeeded: block.count).bigEndian) { bytes.append(contentsOf: $0) }
            bytes.append(block)
        }
        return bytes
    }

    static func decode(_ bytes: Data) throws -> [Data] {
        var rest = bytes[...]
        var blocks: [Data] = []
        while !rest.isEmpty {
            let length = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
            guard rest.count >= 4, length <= rest.count - 4 else { throw StorageError.damaged("a chain is cut off") }
            blocks.append(Data(rest.dropFirst(4).prefix(length)))
            rest = rest.dropFirst(4 + length)
        }
        return blocks
    }
}
