/// Base64 (RFC 4648, 4) into and out of arrays that the caller can zero: Foundation's leaves copies of keys behind.
enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let padding = UInt8(ascii: "=")
    private static let space: UInt8 = 0xFE
    private static let invalid: UInt8 = 0xFF

    /// The value of each character; white space is `space`.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: invalid, count: 256)
        for (value, character) in alphabet.enumerated() { values[Int(character)] = UInt8(value) }
        for character in "\r\n\t ".utf8 { values[Int(character)] = space }
        return values
    }()

    /// Decodes text with any white space; nil where it holds anything else or is cut off.
    static func decode(_ text: UnsafeRawBufferPointer) -> [UInt8]? {
        var isValid = false
        // Written in place, in memory that is large enough from the start: no copies stay behind.
        let bytes = [UInt8](unsafeUninitializedCapacity: text.count / 4 * 3 + 3) { buffer, count in
            values.withUnsafeBufferPointer { table in
                (isValid, count) = decode(text, table, into: buffer)
            }
        }
        return isValid ? bytes : nil
    }

    private static func decode(
        _ text: UnsafeRawBufferPointer, _ table: UnsafeBufferPointer<UInt8>,
        into bytes: UnsafeMutableBufferPointer<UInt8>
    ) -> (isValid: Bool, count: Int) {
        var written = 0
        var group: UInt32 = 0
        var pending = 0
        var padded = 0
        var position = 0
        while position < text.count {
            let character = text[position]
            position += 1
            let value = table[Int(character)]
            if value < 64, padded == 0 {
                group = group << 6 | UInt32(value)
                pending += 1
                if pending == 4 {
                    bytes[written] = UInt8(truncatingIfNeeded: group >> 16)
                    bytes[written + 1] = UInt8(truncatingIfNeeded: group >> 8)
                    bytes[written + 2] = UInt8(truncatingIfNeeded: group)
                    written += 3
                    group = 0
                    pending = 0
                }
            } else if character == padding {
                padded += 1
            } else if value != space {
                return (false, written)
            }
        }
        switch (pending, padded) {
        case (0, 0): return (true, written)
        case (2, 2):
            bytes[written] = UInt8(truncatingIfNeeded: group >> 4)
            return (true, written + 1)
        case (3, 1):
            bytes[written] = UInt8(truncatingIfNeeded: group >> 10)
            bytes[written + 1] = UInt8(truncatingIfNeeded: group >> 2)
            return (true, written + 2)
        default: return (false, written)
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
