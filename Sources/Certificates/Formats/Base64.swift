/// Base64 (RFC 4648, 4) into and out of arrays that the caller can zero: Foundation's leaves copies of keys behind.
enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let padding = UInt8(ascii: "=")
    private static let space: UInt8 = 0xFE
    private static let invalid: UInt8 = 0xFF  // both are more than any value

    /// The value of each character; white space is `space`.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: invalid, count: 256)
        for (value, character) in alphabet.enumerated() { values[Int(character)] = UInt8(value) }
        for character in "\r\n\t ".utf8 { values[Int(character)] = space }
        return values
    }()

    /// Decodes text with any white space; nil where it holds anything else or is cut off.
    static func decode(_ text: UnsafeRawBufferPointer) -> [UInt8]? {
        guard let start = text.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return [] }
        var count: Int?
        // Written in place, in memory that is large enough from the start: no copies stay behind.
        let bytes = [UInt8](unsafeUninitializedCapacity: text.count / 4 * 3 + 3) { buffer, initialized in
            values.withUnsafeBufferPointer { table in
                guard let table = table.baseAddress, let bytes = buffer.baseAddress else { return }
                count = decode(start, text.count, table, into: bytes)
                initialized = count ?? 0
            }
        }
        return count == nil ? nil : bytes
    }

    /// The number of bytes written: at most three for each four characters.
    private static func decode(
        _ text: UnsafePointer<UInt8>, _ length: Int, _ table: UnsafePointer<UInt8>,
        into bytes: UnsafeMutablePointer<UInt8>
    ) -> Int? {
        var written = 0
        var group: UInt32 = 0
        var pending: UInt32 = 0
        var padded = 0
        func take(_ value: UInt8) {
            group = group << 6 | UInt32(value)
            pending += 1
            guard pending == 4 else { return }
            bytes[written] = UInt8(truncatingIfNeeded: group >> 16)
            bytes[written + 1] = UInt8(truncatingIfNeeded: group >> 8)
            bytes[written + 2] = UInt8(truncatingIfNeeded: group)
            written += 3
            pending = 0
        }
        var position = 0
        while position < length {
            if pending == 0, position + 4 <= length {  // four at once, as nearly all of a block can be read
                let first = table[Int(text[position])], second = table[Int(text[position + 1])]
                let third = table[Int(text[position + 2])], fourth = table[Int(text[position + 3])]
                if first | second | third | fourth < 64, padded == 0 {
                    bytes[written] = first << 2 | second >> 4
                    bytes[written + 1] = second << 4 | third >> 2
                    bytes[written + 2] = third << 6 | fourth
                    written += 3
                    position += 4
                    continue
                }
            }
            let character = text[position]
            let value = table[Int(character)]
            position += 1
            if value < 64, padded == 0 {
                take(value)
            } else if character == padding {
                padded += 1
            } else if value != space {
                return nil
            }
        }
        switch (pending, padded) {
        case (0, 0): return written
        case (2, 2):
            bytes[written] = UInt8(truncatingIfNeeded: group >> 4)
            return written + 1
        case (3, 1):
            bytes[written] = UInt8(truncatingIfNeeded: group >> 10)
            bytes[written + 1] = UInt8(truncatingIfNeeded: group >> 2)
            return written + 2
        default: return nil
        }
    }

    /// Appends the text of `bytes`, a line feed after each `lineLength` characters and at the end.
    /// - Parameter lineLength: a multiple of 4.
    static func encode(_ bytes: some Collection<UInt8>, lineLength: Int, into text: inout [UInt8]) {
        var group: UInt32 = 0
        var count = 0
        var column = 0
        func flush(_ characters: Int) {
            for place in 0..<4 {
                let value = Int(group >> UInt32(18 - 6 * place) & 0x3F)
                text.append(place < characters ? alphabet[value] : padding)
            }
            column += 4
            if column == lineLength {
                text.append(UInt8(ascii: "\n"))
                column = 0
            }
            group = 0
            count = 0
        }
        for byte in bytes {
            group |= UInt32(byte) << UInt32(16 - 8 * count)
            count += 1
            if count == 3 { flush(4) }
        }
        if count > 0 { flush(count + 1) }
        if column > 0 { text.append(UInt8(ascii: "\n")) }
    }
}
