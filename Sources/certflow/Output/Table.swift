/// An aligned table for people.
struct Table {
    struct Cell: ExpressibleByStringInterpolation {
        var text: String
        var colour: Console.Colour?

        init(_ text: String, _ colour: Console.Colour? = nil) {
            self.text = text
            self.colour = colour
        }

        init(stringLiteral text: String) { self.init(text) }
    }

    private let head: [String]
    private var rows: [[Cell]] = []

    init(_ head: String...) { self.head = head }

    init(head: [String]) { self.head = head }

    var isEmpty: Bool { rows.isEmpty }

    mutating func add(_ cells: Cell...) { rows.append(cells) }

    mutating func add(row: [Cell]) { rows.append(row) }

    /// Columns two spaces apart; the last one is never padded.
    var lines: [String] {
        let all = [head.map { Cell($0, .faint) }] + rows.map { $0.map { Cell(Console.oneLine($0.text), $0.colour) } }
        let count = all.map(\.count).max() ?? 0
        let widths = (0..<count).map { column in
            all.compactMap { column < $0.count ? $0[column].text.count : nil }.max() ?? 0
        }
        return all.map { row in
            row.enumerated().map { column, cell in
                let padding = column == row.count - 1 ? 0 : max(0, widths[column] - cell.text.count)
                return Console.paint(cell.text, cell.colour) + String(repeating: " ", count: padding)
            }.joined(separator: "  ")
        }
    }

    func print() { for line in lines { Console.line(line) } }
}
