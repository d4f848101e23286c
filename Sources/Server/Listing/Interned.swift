/// Values that many rows share, each kept once: rows name them by number.
struct Interned<Value: Hashable & Sendable>: Sendable {
    private(set) var values: [Value] = []
    private var numbers: [Value: UInt32] = [:]

    mutating func number(of value: Value) -> UInt32 {
        if let number = numbers[value] { return number }
        let number = UInt32(clamping: values.count)
        values.append(value)
        numbers[value] = number
        return number
    }

    subscript(number: UInt32) -> Value? {
        let index = Int(number)
        return values.indices.contains(index) ? values[index] : nil
    }

    /// For each number, whether its value is meant.
    func marks(where isMeant: (Value) -> Bool) -> [Bool] { values.map(isMeant) }
}

extension [Bool] {
    /// Whether that number is marked; one that came later than the marks is not.
    func holds(_ number: UInt32) -> Bool { indices.contains(Int(number)) && self[Int(number)] }
}
