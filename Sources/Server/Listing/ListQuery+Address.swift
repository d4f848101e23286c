import Foundation
import Runner

extension ListQuery {
    /// The values of one filter as they stand in the address; none where it leaves nothing out.
    package func values(of filter: Filter) -> [String] {
        switch filter {
        case .view: Self.one(view?.rawValue)
        case .text: Self.one(text.isEmpty ? nil : text)
        case .name: Self.one(name)
        case .names: Self.one(names)
        case .issuer: Self.one(issuer)
        case .expires: Self.one(expires?.text)
        case .renewed: Self.one(renewed?.rawValue)
        case .published: Self.one(published?.rawValue)
        case .serving: Self.one(serving?.rawValue)
        case .next: Self.one(next?.text)
        case .profile: Self.one(profile)
        case .last: Self.one(last?.text)
        case .label: labels.map { "\($0.key):\($0.value)" }
        }
    }

    private static func one(_ value: String?) -> [String] { value.map { [$0] } ?? [] }

    /// What stands in the address; what is as usual is left out.
    package var items: [(key: String, value: String)] {
        var items = Filter.allCases.flatMap { filter in values(of: filter).map { (filter.rawValue, $0) } }
        if sort != .attention { items.append(("sort", sort.rawValue)) }
        if isDescending { items.append(("dir", "desc")) }
        if page != 1 { items.append(("page", String(page))) }
        if size != Self.usualSize { items.append(("size", String(size))) }
        return items.map { (key: $0.0, value: $0.1) }
    }

    /// The part of an address behind the question mark, with all but letters, digits and `-._~` encoded.
    package var address: String {
        items.map { "\(Self.encoded($0.key))=\(Self.encoded($0.value))" }.joined(separator: "&")
    }

    static func encoded(_ text: String) -> String {
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
