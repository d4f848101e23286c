import Foundation

/// Text that a server wrote, as it may be shown: nothing that steers a terminal or the direction of writing, on one
/// line, at most 500 characters.
public struct ShownText: Sendable, Hashable, CustomStringConvertible {
    public let description: String

    public init(_ text: String) {
        let hidden: Set<Unicode.GeneralCategory> = [
            .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned,
        ]
        var shown = String.UnicodeScalarView()
        // Scalars, for one character may be made of any number of them.
        for scalar in text.unicodeScalars.prefix(500) {
            shown.append(hidden.contains(scalar.properties.generalCategory) ? " " : scalar)
        }
        description = String(shown).trimmingCharacters(in: .whitespaces)
    }
}
