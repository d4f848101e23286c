import Foundation

/// Addresses of ours, made of parts that may hold anything.
enum PagePath {
    /// "/people/ana"
    static func to(_ parts: String...) -> String { parts.map { "/" + encoded($0) }.joined() }

    static func encoded(_ text: String) -> String { AddressText.encoded(text) }

    /// "?role=viewer&scope=team%3Aweb"; empty where there are no items.
    static func query(_ items: [(String, String)]) -> String {
        items.isEmpty ? "" : "?" + items.map { "\(encoded($0.0))=\(encoded($0.1))" }.joined(separator: "&")
    }
}

/// Labels as forms take them: key:value, one a line.
enum LabelLines {
    private static let most = 64

    /// - Throws: `Problem` that names the line.
    static func read(_ text: String, field: String = "scope") throws(Problem) -> [String: String] {
        var labels: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            let trimmed = line.trimmingCharacters(in: .whitespaces)
            if trimmed.isEmpty { continue }
            let parts = trimmed.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            guard parts.count == 2, let key = parts.first, let value = parts.last, !key.isEmpty, !value.isEmpty else {
                throw refused(field, "\"\(trimmed.prefix(60))\" is no label.", "Write it as key:value.")
            }
            guard key.count <= 64, value.count <= 200, !trimmed.unicodeScalars.contains(where: { $0.value < 32 }) else {
                throw refused(
                    field, "The label \(key.prefix(60)) is too long.", "A key has at most 64 characters, a value 200.")
            }
            guard labels.updateValue(value, forKey: key) == nil else {
                throw refused(field, "The label \(key) stands there twice.", "Remove one of the two.")
            }
            guard labels.count <= most else {
                throw refused(field, "There are more than \(most) labels.", "Write fewer.")
            }
        }
        return labels
    }

    static func text(_ labels: [String: String]) -> String {
        labels.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value)" }.joined(separator: "\n")
    }

    /// "team: web, env: production", or "all".
    static func words(_ labels: [String: String]) -> String {
        labels.isEmpty
            ? "all" : labels.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: ", ")
    }

    private static func refused(_ field: String, _ message: String, _ remedy: String) -> Problem {
        var problem = Problem.refused("labels.wrong", message, remedy: remedy)
        problem.places = [.init(field, message, remedy: remedy)]
        return problem
    }
}

/// Choices for the template `radios`.
enum Radios {
    static func context(
        _ name: String, _ options: [(value: String, label: String, line: String)], chosen: String
    ) -> [String: Any] {
        [
            "options": options.map { option -> [String: Any] in
                [
                    "id": "\(name)-\(option.value)", "name": name, "value": option.value, "label": option.label,
                    "line": option.line, "tone": "", "isOn": option.value == chosen,
                ]
            }
        ]
    }

    static func roles(chosen: String) -> [String: Any] {
        context("role", Role.allCases.map { ($0.rawValue, $0.rawValue, $0.words) }, chosen: chosen)
    }
}
