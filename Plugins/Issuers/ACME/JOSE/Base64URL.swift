import Foundation

/// The alphabet of URLs without padding (RFC 7515, 2).
enum Base64URL {
    static func encode(_ bytes: some DataProtocol) -> String {
        let text = Data(bytes).base64EncodedString()
        var out: [UInt8] = []
        out.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "+"): out.append(UInt8(ascii: "-"))
            case UInt8(ascii: "/"): out.append(UInt8(ascii: "_"))
            case UInt8(ascii: "="): break
            default: out.append(byte)
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    static func encode(_ text: String) -> String { encode(Data(text.utf8)) }

    /// Nil where it is something else; padding is accepted, for people copy it along.
    static func decode(_ text: String) -> Data? {
        var plain = text
        while plain.hasSuffix("=") { plain.removeLast() }
        guard isText(plain) || plain.isEmpty else { return nil }
        plain = plain.replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "/")
        plain += String(repeating: "=", count: (4 - plain.utf8.count % 4) % 4)
        return Data(base64Encoded: plain)
    }

    /// Whether every character is of the alphabet, and there is one: tokens and nonces are checked with it.
    static func isText(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }
}
