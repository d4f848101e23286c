/// Text as a part of an address.
package enum AddressText {
    /// One part of a path, or one name or value of a query: all but letters, digits and `-._~` encoded (RFC 3986, 2.3).
    package static func encoded(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                bytes.append(byte)
            default: bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension ListQuery.Expiry {
    var text: String {
        switch self {
        case .expired: "expired"
        case .within(let days): "\(days)d"
        case .before(let instant): String(instant.rfc3339.prefix(10))
        }
    }
}

extension ListQuery.Next {
    var text: String {
        switch self {
        case .due: "due"
        case .unplanned: "none"
        case .renewal: "renewal"
        case .publication: "publication"
        case .within(let days): "\(days)d"
        }
    }
}

extension ListQuery.Last {
    var text: String {
        switch self {
        case .failed: "failed"
        case .renewed: "renewed"
        case .published: "published"
        case .never: "none"
        case .within(let days): "\(days)d"
        }
    }
}
