import Automation
import Foundation
import HTTPTypes
import Hummingbird

/// One request, checked as far as it can be without knowing what it is for.
struct Exchange: Sendable {
    let house: House
    let route: Route
    /// Nil where nobody signed in.
    let visitor: Principal?
    /// From the path, decoded.
    let parameters: [String: String]
    let query: Query
    let headers: HTTPFields
    let body: Data
    let fields: Fields
    /// Where it came from.
    let address: String
    /// Whether that is this machine.
    var isLocal = false
    /// Names it in the log.
    let reference: String

    /// - Throws: `Problem` where nobody signed in.
    var principal: Principal {
        get throws {
            guard let visitor else { throw Problem.signInNeeded }
            return visitor
        }
    }

    /// - Throws: `Problem` for a route that has no such part: a slip of ours.
    func parameter(_ name: String) throws -> String {
        guard let value = parameters[name] else { throw Problem.notFound }
        return value
    }

    var agent: String { headers[.userAgent] ?? "" }

    /// Whether a script asked for a part of a page.
    var wantsFragment: Bool { headers[Self.fragment] == "1" }

    static let fragment = HTTPField.Name("x-certflow-fragment") ?? .accept
    static let csrf = HTTPField.Name("x-certflow-csrf") ?? .accept
}

/// What stands behind the `?` of an address, in its order.
struct Query: Sendable, Equatable {
    var items: [(name: String, value: String)]

    init(_ items: [(name: String, value: String)] = []) { self.items = items }

    /// - Parameter text: without the `?`. Broken escapes stay as they are.
    init(_ text: some StringProtocol) {
        items = text.split(separator: "&").prefix(200).map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (Self.decoded(parts[0]), parts.count > 1 ? Self.decoded(parts[1]) : "")
        }
    }

    subscript(_ name: String) -> String? { items.first { $0.name == name }?.value }

    func all(_ name: String) -> [String] { items.filter { $0.name == name }.map(\.value) }

    /// As `application/x-www-form-urlencoded` has it: `+` is a space.
    static func decoded(_ text: some StringProtocol) -> String {
        let spaced = String(text).replacingOccurrences(of: "+", with: " ")
        return spaced.removingPercentEncoding ?? spaced
    }

    static func == (left: Query, right: Query) -> Bool {
        left.items.count == right.items.count && zip(left.items, right.items).allSatisfy { $0 == $1 }
    }
}
