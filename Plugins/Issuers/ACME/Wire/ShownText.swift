import Foundation

/// Text that a server wrote, as it may be shown: nothing that steers a terminal or the direction of writing, on one
/// line, at most 500 characters.
struct ShownText: Sendable, Hashable, CustomStringConvertible {
    let description: String

    init(_ text: String) {
        let hidden: Set<Unicode.GeneralCategory> = [
            .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned,
        ]
        var shown = ""
        for character in text.prefix(500) {
            let isHidden = character.unicodeScalars.contains { hidden.contains($0.properties.generalCategory) }
            shown.append(isHidden ? " " : character)
        }
        description = shown.trimmingCharacters(in: .whitespaces)
    }
}
