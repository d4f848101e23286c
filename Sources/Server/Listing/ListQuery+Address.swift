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
        items.map { "\(AddressText.encoded($0.key))=\(AddressText.encoded($0.value))" }.joined(separator: "&")
    }
}
