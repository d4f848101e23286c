/// Numbers as pages show them.
enum Quantity {
    /// "1,284"
    static func words(_ number: Int) -> String {
        let digits = String(number.magnitude)
        var words = ""
        for (place, digit) in digits.enumerated() {
            if place > 0, (digits.count - place).isMultiple(of: 3) { words.append(",") }
            words.append(digit)
        }
        return number < 0 ? "-\(words)" : words
    }

    /// "1,284 certificates", "1 certificate"
    static func words(_ number: Int, _ noun: String) -> String {
        "\(words(number)) \(noun)\(number == 1 ? "" : "s")"
    }

    /// "1 target keeps what it has", "3 targets keep what they have"
    static func keeping(_ targets: Int) -> String {
        "\(words(targets, "target")) \(targets == 1 ? "keeps what it has" : "keep what they have")"
    }
}
