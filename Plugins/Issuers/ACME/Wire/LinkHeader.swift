import Curl

/// Links beside an answer (RFC 8288): alternate chains, help, terms of service.
enum LinkHeader {
    /// The targets with that relation, in their order; as they stand, not checked.
    static func targets(_ relation: String, in response: HTTPResponse, limit: Int = 10) -> [String] {
        var found: [String] = []
        for value in response.values("Link").prefix(40) {
            for link in links(value) where link.relations.contains(relation) {
                guard found.count < limit else { return found }
                found.append(link.target)
            }
        }
        return found
    }

    /// One field may hold several links, and a quoted value a comma.
    static func links(_ value: String) -> [(target: String, relations: [String])] {
        var links: [(String, [String])] = []
        var rest = value.prefix(8192)[...]
        while let open = rest.firstIndex(of: "<"), let close = rest[open...].firstIndex(of: ">") {
            let target = String(rest[rest.index(after: open)..<close])
            let (parameters, next) = parameters(rest[rest.index(after: close)...])
            links.append((target, parameters))
            rest = next
        }
        return links
    }

    private static func parameters(_ text: Substring) -> (relations: [String], rest: Substring) {
        var relations: [String] = []
        var (current, isQuoted) = ("", false)
        var index = text.startIndex
        func take() {
            let parts = current.split(separator: "=", maxSplits: 1)
            if parts.count == 2, parts[0].trimmed.lowercased() == "rel" {
                relations += parts[1].trimmed.lowercased().split(separator: " ").map(String.init)
            }
            current = ""
        }
        while index < text.endIndex {
            let character = text[index]
            index = text.index(after: index)
            if character == "\"" {
                isQuoted.toggle()
            } else if !isQuoted, character == ";" {
                take()
            } else if !isQuoted, character == "," {
                break
            } else {
                current.append(character)
            }
        }
        take()
        return (relations, text[index...])
    }
}

extension Substring {
    fileprivate var trimmed: String {
        String(drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
    }
}
