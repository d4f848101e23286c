import Foundation

/// One line per figure: what was measured, and what was asked.
enum Report {
    static func line(_ name: String, _ measured: String, asked: String = "", note: String = "") {
        print(column(name, 44) + column(measured, 22) + column(asked, 20) + note)
    }

    static func heading(_ text: String) {
        print("\n\(text)")
        print(column("figure", 44) + column("measured", 22) + column("asked", 20) + "note")
    }

    /// "12,345/s"
    static func rate(_ count: Int, in cost: Duration) -> String { "\(grouped(Double(count) / cost.seconds))/s" }

    static func grouped(_ number: Double) -> String {
        let digits = String(Int(number.rounded()))
        return digits.reversed().enumerated().reduce(into: "") { text, digit in
            if digit.offset > 0, digit.offset.isMultiple(of: 3) { text.insert(",", at: text.startIndex) }
            text.insert(digit.element, at: text.startIndex)
        }
    }

    static func percent(_ share: Double) -> String { String(format: "%.0f %%", share * 100) }

    static func seconds(_ duration: Duration) -> String { String(format: "%.2f s", duration.seconds) }

    static func microseconds(_ duration: Duration, per count: Int) -> String {
        String(format: "%.1f us", duration.seconds * 1e6 / Double(count))
    }

    private static func column(_ text: String, _ width: Int) -> String {
        text.padding(toLength: max(width, text.count + 1), withPad: " ", startingAt: 0)
    }
}
