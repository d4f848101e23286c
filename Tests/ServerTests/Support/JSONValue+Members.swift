import Foundation

@testable import Server

extension JSONValue {
    subscript(_ name: String) -> JSONValue {
        if case .object(let members) = self { members[name] ?? .null } else { .null }
    }

    var members: [String: JSONValue] { if case .object(let members) = self { members } else { [:] } }
    var list: [JSONValue] { if case .list(let items) = self { items } else { [] } }
    var string: String? { if case .text(let text) = self { text } else { nil } }
}
