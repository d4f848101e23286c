/// FNV-1a over 64 bits: quick, stable over processes, and no protection against intent.
struct FNV1a: CustomStringConvertible {
    private var state: UInt64 = 0xCBF2_9CE4_8422_2325

    /// Adds a text and its end, so that two texts are not one longer one.
    mutating func add(_ text: String) {
        for byte in text.utf8 { add(byte) }
        add(0xFF)  // never in UTF-8
    }

    private mutating func add(_ byte: UInt8) { state = (state ^ UInt64(byte)) &* 0x100_0000_01B3 }

    /// Of one text, in hexadecimal.
    static func digest(of text: String) -> String {
        var digest = FNV1a()
        digest.add(text)
        return digest.description
    }

    var description: String {
        let digits = String(state, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
