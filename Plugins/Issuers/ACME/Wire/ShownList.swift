/// Several texts as one, "; " between them: where all are too long together, each is cut to its share, and how many are
/// left out is said.
struct ShownList: CustomStringConvertible {
    private static let shortestShare = 80

    let description: String

    /// - Parameters:
    ///   - parts: in the order in which they are shown.
    ///   - total: how many there would be in all.
    ///   - longest: in Unicode scalars; what is said of those left out comes on top of it.
    init(_ parts: [String], of total: Int, longest: Int) {
        let whole = parts.joined(separator: "; ")
        var shown = parts
        if whole.unicodeScalars.count > longest {
            let share = max(Self.shortestShare, longest / max(1, parts.count) - 2)
            shown = parts.prefix(longest / (share + 2)).map { Self.cut($0, to: share) }
        }
        let left = total - shown.count
        description = (shown + (left > 0 ? ["and \(left) more"] : [])).joined(separator: "; ")
    }

    private static func cut(_ text: String, to length: Int) -> String {
        let scalars = text.unicodeScalars
        return scalars.count <= length ? text : String(scalars.prefix(length - 1)) + "…"
    }
}
