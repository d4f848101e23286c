import Foundation

@testable import Server

/// A request that is in order but for one field, which names what a test wants.
struct ForeignRequest {
    /// One field of one route that names something.
    struct Field: Sendable {
        enum Place: Sendable { case path, query, body }

        let route: Route
        let name: String
        let place: Place
        let meaning: FieldMeaning
        let isList: Bool

        var words: String { "\(route.method.rawValue) \(route.path), \(name)" }

        /// All of the table; a field that `FieldMeaning` does not know is told by `unknown`.
        static func all(_ routes: [Route]) -> (fields: [Field], unknown: [String]) {
            var fields: [Field] = []
            var unknown: [String] = []
            for route in routes {
                let lists = Set((route.takes ?? []).filter { $0.kind == .texts }.map(\.name))
                let places: [(Place, [String])] = [
                    (.path, route.parameterNames), (.query, FieldMeaning.query(of: route)),
                    (.body, route.changes ? (route.takes ?? []).map(\.name) : []),
                ]
                for (place, names) in places {
                    for name in names {
                        guard let meaning = FieldMeaning.of(name, in: route) else {
                            unknown.append("\(route.method.rawValue) \(route.path): \(name)")
                            continue
                        }
                        guard meaning.namesSomething else { continue }
                        let isList = place == .body && (lists.contains(name) || [.specs, .specFiles].contains(meaning))
                        fields.append(
                            Field(route: route, name: name, place: place, meaning: meaning, isList: isList))
                    }
                }
            }
            return (fields, unknown)
        }
    }

    let method: String
    let target: String
    let type: String
    let body: String?

    /// - Parameter named: what stands in the field; several where it takes a list.
    init(_ field: Field, _ named: [String], _ house: ForeignHouse) throws {
        let route = field.route
        method = route.method.rawValue
        var path = route.path
        for name in route.parameterNames {
            let isField = field.place == .path && field.name == name
            let value = isField ? named.first ?? "" : Self.usual(name, route, house)
            path = path.replacingOccurrences(of: "{\(name)}", with: GuardClient.encoded(value))
        }
        var items: [(String, String)] = []
        if field.place == .query { items = named.map { (field.name, $0) } }
        for item in route.api?.query ?? [] where item.isRequired && item.name != field.name {
            items.append((item.name, Self.usual(item.name, route, house, item.kind)))
        }
        let query = items.map { "\($0.0)=\(GuardClient.encoded($0.1))" }.joined(separator: "&")
        target = query.isEmpty ? path : "\(path)?\(query)"
        guard route.changes else {
            (type, body) = ("text/plain", nil)
            return
        }
        if route.kind == .api {
            type = "application/json"
            body = try Self.json(field, named, house)
        } else {
            type = "application/x-www-form-urlencoded"
            body = Self.form(field, named, house)
        }
    }

    // MARK: Bodies

    /// Sent whatever is tested, so that nothing else is wrong with the form.
    private static func needed(_ route: Route) -> [String: [String]] {
        var needed: [String: [String]] = ["key": [UUID().uuidString]]
        let last = route.path.split(separator: "/").last.map(String.init) ?? ""
        switch last {
        case "publish", "wait", "prove": needed["target"] = ["web/alpha"]
        case "rehearse": (needed["target"], needed["what"]) = (["web/alpha"], ["publication"])
        case "roll-back": (needed["target"], needed["version"]) = (["web/alpha"], ["1"])
        case "delete": needed["how"] = ["retire"]
        case "export": needed["format"] = ["privateKey"]
        case "bulk": (needed["action"], needed["name"]) = (["renew"], [ForeignHouse.own])
        case "flow", "preview":
            needed["action"] = ["tab-review"]
            if route.path.hasPrefix("/automated") {
                (needed["name"], needed["selection"]) = ([ForeignHouse.own], ["names "])
            }
        case "add":
            (needed["subjects"], needed["issuer"], needed["labels"]) = (["new.example.com"], ["ca"], ["team:web"])
        case "import": needed["pem"] = [""]
        case "people", "tokens", "{name}":
            (needed["name"], needed["role"], needed["scope"]) = (["newcomer"], ["viewer"], ["team:web"])
        case "sign-in": needed["password"] = [GuardHouse.password]
        default: break
        }
        let taken = Set((route.takes ?? []).map(\.name))
        return needed.filter { taken.contains($0.key) }
    }

    private static func form(_ field: Field, _ named: [String], _ house: ForeignHouse) -> String {
        var fields = needed(field.route)
        if field.place == .body {
            fields[field.name] = named
            if field.meaning == .listAddress {
                // All that the list shows is meant, not what was ticked.
                fields["name"] = nil
                if field.name == "query" { fields["matching"] = ["yes"] }
            }
        }
        return fields.sorted { $0.key < $1.key }.flatMap { name, values in
            values.map { "\(GuardClient.encoded(name))=\(GuardClient.encoded($0))" }
        }.joined(separator: "&")
    }

    private static func json(_ field: Field, _ named: [String], _ house: ForeignHouse) throws -> String {
        var object: [String: JSONValue] = [:]
        for other in field.route.takes ?? [] where other.isRequired {
            object[other.name] = usualValue(other, field.route, house)
        }
        if field.place == .body {
            object[field.name] = value(field, named)
            // Names or a label, never both.
        } else if field.route.takes?.contains(where: { $0.name == "certificates" && $0.kind == .texts }) ?? false {
            object["certificates"] = .list([.text(ForeignHouse.own)])
        }
        return String(decoding: try JSONEncoder().encode(object), as: UTF8.self)
    }

    private static func value(_ field: Field, _ named: [String]) -> JSONValue {
        switch field.meaning {
        case .spec: return spec(named.first ?? "")
        case .specs: return .list(named.map { spec($0) })
        case .specFiles:
            return .list(
                named.enumerated().map { index, name in
                    .object([
                        "name": .text("\(index).yaml"),
                        "content": .text(
                            "certificates: [{name: \"\(name)\", subjects: [\"\(name)\"], issuer: ca, labels: {team: web}}]"
                        ),
                    ])
                })
        case .scope:
            let parts = (named.first ?? "").split(separator: ":").map(String.init)
            return .object([parts.first ?? "": .text(parts.last ?? "")])
        case .version: return .number(Double(named.first ?? "") ?? 0)
        default: return field.isList ? .list(named.map { .text($0) }) : .text(named.first ?? "")
        }
    }

    private static func spec(_ name: String) -> JSONValue {
        .object([
            "name": .text(name), "subjects": .list([.text(name)]), "issuer": .text("ca"),
            "labels": .object(["team": .text("web")]),
        ])
    }

    private static func usualValue(_ field: APIField, _ route: Route, _ house: ForeignHouse) -> JSONValue {
        switch field.kind {
        case .object("CertificateSpec"): spec(route.method == .post ? "new.example.com" : ForeignHouse.own)
        case .object("CertificateSpecs"): .list([spec(ForeignHouse.own)])
        case .object("Files"):
            .list([.object(["name": .text("a.pem"), "content": .text(Data("no PEM".utf8).base64EncodedString())])])
        case .object: .object([:])
        case .texts: .list([.text(usual(field.name, route, house))])
        case .integer: .number(1)
        case .flag: .flag(true)
        default: .text(usual(field.name, route, house, field.kind))
        }
    }

    /// What there is, and is one's own.
    private static func usual(
        _ name: String, _ route: Route, _ house: ForeignHouse, _ kind: APIField.Kind = .text
    ) -> String {
        if case .choice(let words) = kind { return words.first ?? "" }
        let meaning = FieldMeaning.of(name, in: route) ?? .plain
        if let own = house.values(meaning, in: route).first?.own { return own }
        switch name {
        case "kind": return "publishing"
        case "profile": return route.path.hasPrefix("/issuing") ? "ca" : "web"
        case "issuer": return "ca"
        case "secret", "name": return "dns"
        case "password", "old": return GuardHouse.password
        case "new": return "eleven quiet owls"
        case "role": return "viewer"
        default: return "something"
        }
    }
}
