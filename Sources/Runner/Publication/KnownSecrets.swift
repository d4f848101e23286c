import Foundation
import PluginKit

/// Takes secrets out of what a command on a target said, which nobody else has read before.
///
/// The second net only: a program should not say them at all. A secret is found as it stands, without white space around
/// it, and where it has several lines (a key in PEM form) also line by line.
struct KnownSecrets {
    /// A shorter line of a longer secret is nothing to hide, and would tear up the text.
    private static let shortestLine = 8

    private let texts: [String]

    init(_ secrets: [Secret]) {
        // The longest first: one may be a part of another.
        texts = secrets.flatMap(Self.forms).sorted { $0.utf8.count > $1.utf8.count }
    }

    func masked(_ said: String) -> String {
        texts.reduce(said) { said, secret in said.replacing(secret, with: "(secret)") }
    }

    private static func forms(_ secret: Secret) -> [String] {
        let whole = secret.withBytes { String(decoding: $0, as: UTF8.self) }
            .trimmingCharacters(in: .whitespacesAndNewlines)
        guard !whole.isEmpty else { return [] }
        let lines = whole.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
        return [whole]
            + (lines.count > 1 ? lines.filter { $0.utf8.count >= shortestLine && !$0.hasPrefix("-----") } : [])
    }
}
