import Foundation

@testable import Server

/// Holds a value against a schema of the OpenAPI document: the part of JSON Schema that it uses.
struct SchemaCheck {
    let document: JSONValue

    /// What is wrong, each with its place; empty where it fits.
    func problems(_ value: JSONValue, _ schema: JSONValue, at place: String = "") -> [String] {
        if let reference = schema["$ref"].string {
            let name = reference.replacingOccurrences(of: "#/components/schemas/", with: "")
            guard document["components"]["schemas"].members[name] != nil else { return ["\(place): no schema \(name)"] }
            return problems(value, document["components"]["schemas"][name], at: place)
        }
        var found: [String] = []
        if let type = schema["type"].string, type != Self.type(of: value),
            !(type == "number" && Self.type(of: value) == "integer")
        {
            return ["\(place): \(Self.type(of: value)) instead of \(type)"]
        }
        let choices = schema["enum"].list
        if !choices.isEmpty, !choices.contains(value) { found.append("\(place): none of the choices") }
        for (index, item) in value.list.enumerated() where schema["items"] != .null {
            found += problems(item, schema["items"], at: "\(place)/\(index)")
        }
        guard case .object(let members) = value else { return found }
        for name in schema["required"].list.compactMap(\.string) where members[name] == nil {
            found.append("\(place): \(name) is missing")
        }
        let known = schema["properties"].members
        for (name, member) in members {
            if let schema = known[name] {
                found += problems(member, schema, at: "\(place)/\(name)")
            } else if schema["additionalProperties"] == .flag(false) {
                found.append("\(place): \(name) is not in the schema")
            } else {
                found += problems(member, schema["additionalProperties"], at: "\(place)/\(name)")
            }
        }
        return found
    }

    private static func type(of value: JSONValue) -> String {
        switch value {
        case .null: "null"
        case .flag: "boolean"
        case .number(let number): number == number.rounded() ? "integer" : "number"
        case .text: "string"
        case .list: "array"
        case .object: "object"
        }
    }

    /// The declared schema of an answer with that status; nil where none is declared.
    func declared(_ method: String, _ path: String, _ status: Int) -> JSONValue? {
        var answer = document["paths"][path][method.lowercased()]["responses"][String(status)]
        if answer == .null { return nil }
        if answer["$ref"].string != nil { answer = document["components"]["responses"]["Problem"] }
        let contents = answer["content"].members
        return contents["application/json"]?["schema"] ?? contents["application/problem+json"]?["schema"]
            ?? .object([:])
    }
}
