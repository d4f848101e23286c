/// Facts under labels, for people: the labels in one column, the text beside them, folded to the width.
struct Sheet {
    private var rows: [(label: String, cell: Table.Cell)] = []

    /// Nothing where there is no text.
    mutating func add(_ label: String, _ text: String?, _ colour: Console.Colour? = nil) {
        guard let text, !text.isEmpty else { return }
        rows.append((label, Table.Cell(text, colour)))
    }

    /// Another line under the label before it.
    mutating func more(_ text: String, _ colour: Console.Colour? = nil) { add("", text, colour) }

    var isEmpty: Bool { rows.isEmpty }

    var lines: [String] {
        let width = rows.map(\.label.count).max() ?? 0
        return rows.flatMap { row in
            let folded = Fold.lines(Console.harmless(row.cell.text), width: Console.width - width - 4)
            return folded.enumerated().map { index, line in
                let label = index == 0 ? row.label : ""
                let padding = String(repeating: " ", count: width - label.count)
                return "  \(Console.paint(label, .faint))\(padding)  \(Console.paint(line, row.cell.colour))"
            }
        }
    }

    func print() { for line in lines { Console.line(line) } }
}

/// Breaks text into lines at its spaces.
enum Fold {
    /// Words longer than the width stay whole: they are paths and fingerprints, which people copy.
    static func lines(_ text: String, width: Int) -> [String] {
        text.split(separator: "\n", omittingEmptySubsequences: false).flatMap { paragraph in
            var lines: [String] = []
            var line = ""
            for word in paragraph.split(separator: " ", omittingEmptySubsequences: false) {
                if !line.isEmpty, line.count + 1 + word.count > max(width, 20) {
                    lines.append(line)
                    line = String(word)
                } else {
                    line += line.isEmpty ? String(word) : " \(word)"
                }
            }
            return lines + [line]
        }
    }
}
