import Foundation
import Storage

/// Values that are read whole stand as JSON in one column.
enum JSONText {
    static func encode(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    /// The same for what every event carries: the general encoder would take longer than all else of an event.
    static func encode(_ texts: [String: String]) -> String {
        var bytes = [UInt8(ascii: "{")]
        for (name, text) in texts.sorted(by: { $0.key < $1.key }) {
            if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
            append(name, to: &bytes)
            bytes.append(UInt8(ascii: ":"))
            append(text, to: &bytes)
        }
        bytes.append(UInt8(ascii: "}"))
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A JSON string (RFC 8259, section 7).
    private static func append(_ text: String, to bytes: inout [UInt8]) {
        let digits = Array("0123456789abcdef".utf8)
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case 0..<0x20: bytes += Array("\\u00".utf8) + [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
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
