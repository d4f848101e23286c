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
    static func decode(_ text: Slice<UnsafeRawBufferPointer>) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 * 3 + 3)  // never grows: no copies stay behind
        var group: UInt32 = 0
        var count = 0
        var padded = 0
        for character in text {
            if character == padding {
                padded += 1
                continue
            }
            let value = values[Int(character)]
            if value == space { continue }
            guard value != invalid, padded == 0 else { return nil }
            group = group << 6 | UInt32(value)
            count += 1
            if count == 4 {
                bytes.append(UInt8(truncatingIfNeeded: group >> 16))
                bytes.append(UInt8(truncatingIfNeeded: group >> 8))
                bytes.append(UInt8(truncatingIfNeeded: group))
                group = 0
                count = 0
            }
        }
        switch (count, padded) {
        case (0, 0): break
        case (2, 2): bytes.append(UInt8(truncatingIfNeeded: group >> 4))
        case (3, 1):
            bytes.append(UInt8(truncatingIfNeeded: group >> 10))
            bytes.append(UInt8(truncatingIfNeeded: group >> 2))
        default: return nil
        }
        return bytes
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
