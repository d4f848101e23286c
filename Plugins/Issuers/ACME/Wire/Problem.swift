import Foundation
import PluginKit

/// A problem document (RFC 7807; RFC 8555, 6.7).
struct Problem: Codable, Sendable, Equatable {
    static let prefix = "urn:ietf:params:acme:error:"
    private static let longestWords = 1500

    var type: String?
    var detail: String?
    var status: Int?
    /// The page that a person has to visit (RFC 8555, 7.3.3).
    var instance: String?
    var identifier: Identifier?
    var subproblems: [Problem]?

    /// The word after the prefix: "rateLimited"; empty where the type is none of ACME's.
    var kind: String {
        guard let type, type.hasPrefix(Self.prefix) else { return "" }
        return String(type.dropFirst(Self.prefix.utf8.count).prefix(60))
    }

    /// In words, with a line for each name that the CA singled out (RFC 8555, 6.7.1).
    var words: String {
        let own = shownDetail ?? ""
        let label = ShownText(kind.isEmpty ? type ?? "" : kind).description
        var parts = [own.isEmpty ? label : label.isEmpty ? own : "\(own) (\(label))"].filter { !$0.isEmpty }
        for part in (subproblems ?? []).prefix(20) {
            let name = part.identifier.map { ShownText($0.value).description } ?? "?"
            let text = part.shownDetail ?? ShownText(part.kind).description
            parts.append("\(name): \(text)")
        }
        let left = max(0, (subproblems?.count ?? 0) - 20)
        let text = ShownList(parts, of: parts.count + left, longest: Self.longestWords).description
        return text.isEmpty ? "no reason given" : text
    }
}

extension Problem {
    /// Without the tokens and key authorizations that CAs quote where a validation failed.
    fileprivate var shownDetail: String? {
        detail.map { detail in
            ShownText(detail).description
                .replacing(/[A-Za-z0-9_\-]{16,256}\.[A-Za-z0-9_\-]{43}/, with: "(a key authorization)")
                .replacing(/acme-challenge\/[A-Za-z0-9_\-]{16,256}/, with: "acme-challenge/(the token)")
        }
    }
}

/// What an order or authorization is for (RFC 8555, 7.1.3; RFC 8738).
struct Identifier: Codable, Sendable, Hashable {
    var type: String
    var value: String
}
