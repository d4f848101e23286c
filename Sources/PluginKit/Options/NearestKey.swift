/// Finds what a person probably meant.
public enum NearestKey {
    /// The candidate with the fewest edits to `word`, where they are few enough to be a slip: at most a third of it.
    public static func of(_ word: String, among candidates: some Sequence<String>) -> String? {
        let limit = max(1, word.count / 3)
        var best: (candidate: String, edits: Int)?
        for candidate in candidates {
            let edits = distance(Array(word.lowercased()), Array(candidate.lowercased()), atMost: limit)
            guard edits <= limit, edits < best?.edits ?? .max else { continue }
            best = (candidate, edits)
        }
        return best?.candidate
    }

    /// "did you mean `days`?", or the whole list where nothing is near.
    public static func remedy(for word: String, among candidates: [String]) -> String {
        guard !candidates.isEmpty else { return "Nothing of the kind is known here." }
        if let near = of(word, among: candidates) { return "Did you mean `\(near)`?" }
        return "Known here: \(candidates.map { "`\($0)`" }.joined(separator: ", "))."
    }

    /// Optimal string alignment: insertions, deletions, replacements and swaps of neighbours.
    private static func distance(_ left: [Character], _ right: [Character], atMost limit: Int) -> Int {
        guard abs(left.count - right.count) <= limit else { return .max }
        guard !left.isEmpty, !right.isEmpty else { return max(left.count, right.count) }
        var earlier: [Int] = []
        var previous = Array(0...right.count)
        for row in 1...left.count {
            var current = [row]
            for column in 1...right.count {
                let same = left[row - 1] == right[column - 1]
                var edits = min(previous[column] + 1, current[column - 1] + 1, previous[column - 1] + (same ? 0 : 1))
                if row > 1, column > 1, left[row - 1] == right[column - 2], left[row - 2] == right[column - 1] {
                    edits = min(edits, earlier[column - 2] + 1)
                }
                current.append(edits)
            }
            earlier = previous
            previous = current
        }
        return previous[right.count]
    }
}
