import Foundation

/// One line per figure: what was measured, and what was asked.
enum Report {
    static func line(
        _ name: String, _ measured: String, asked: String = "", isMet: Bool? = nil, note: String = ""
    ) {
        let verdict = isMet.map { $0 ? "met" : "MISSED" } ?? ""
        print(columns(name, measured, asked, verdict) + note)
    }

    static func heading(_ text: String) {
        print("\n\(text)")
        print(columns("figure", "measured", "asked", "") + "note")
    }

    static func grouped(_ number: Double) -> String {
        let digits = String(Int(number.rounded()))
        return digits.reversed().enumerated().reduce(into: "") { text, digit in
            if digit.offset > 0, digit.offset.isMultiple(of: 3) { text.insert(",", at: text.startIndex) }
            text.insert(digit.element, at: text.startIndex)
        }
    }

    static func percent(_ share: Double) -> String { String(format: "%.0f %%", share * 100) }
    static func seconds(_ duration: Duration) -> String { String(format: "%.2f s", duration.seconds) }
    static func milliseconds(_ duration: Duration) -> String { String(format: "%.2f ms", duration.seconds * 1e3) }
    static func microseconds(_ duration: Duration) -> String { String(format: "%.1f us", duration.seconds * 1e6) }
    static func megabytes(_ bytes: Int) -> String { String(format: "%.1f MB", Double(bytes) / 1_000_000) }

    private static func columns(_ name: String, _ measured: String, _ asked: String, _ verdict: String) -> String {
        column(name, 40) + column(measured, 16) + column(asked, 18) + column(verdict, 8)
    }

    private static func column(_ text: String, _ width: Int) -> String {
        text.padding(toLength: max(width, text.count + 1), withPad: " ", startingAt: 0)
    }
}
