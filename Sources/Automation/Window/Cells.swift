/// A day of the week; Monday is 0, as in the day x period grid.
public enum Weekday: Int, CaseIterable, Sendable, Codable {
    case monday, tuesday, wednesday, thursday, friday, saturday, sunday

    /// "monday"
    public var name: String { String(describing: self) }
    /// "Mon"
    public var short: String { String(name.prefix(3)).capitalized }

    public init?(name: String) {
        guard let day = Self.allCases.first(where: { $0.name == name.lowercased() }) else { return nil }
        self = day
    }
}

/// A sixth of a day, half-open; 00:00-04:00 belongs to the day that begins there.
public struct Period: Hashable, Sendable {
    /// 0...5
    public let index: Int

    public static let all = (0..<6).map { Period(index: $0) }
    static let length: Int64 = 14_400

    /// "00:00-04:00"
    public var name: String { "\(Self.clock(index * 4))-\(Self.clock(index * 4 + 4))" }

    init(index: Int) { self.index = index }

    /// Reads "00:00-04:00" and the like; "00:00" at the end of the day counts as 24:00.
    public init?(name: String) {
        let wanted = name.replacing(" ", with: "").replacing("-00:00", with: "-24:00")
        guard let period = Self.all.first(where: { $0.name == wanted }) else { return nil }
        self = period
    }

    static func clock(_ hour: Int) -> String { (hour < 10 ? "0" : "") + "\(hour):00" }
}

/// Which of the 42 cells of a week (7 days x 6 periods) are open.
public struct Cells: Hashable, Sendable {
    public static let count = 42
    private static let full: UInt64 = (1 << 42) - 1

    /// Bit `day * 6 + period`, Monday first.
    public private(set) var bits: UInt64

    /// Bits past the 42nd are dropped.
    public init(bits: UInt64) { self.bits = bits & Self.full }

    public static let none = Cells(bits: 0)
    public static let all = Cells(bits: full)

    /// Every given period on every given day.
    public init(days: some Sequence<Weekday>, periods: some Sequence<Period>) {
        self = .none
        let periods = Array(periods)
        for day in days { for period in periods { self[day, period] = true } }
    }

    public var isEmpty: Bool { bits == 0 }
    public var isFull: Bool { bits == Self.full }

    public subscript(_ day: Weekday, _ period: Period) -> Bool {
        get { bits & (1 << UInt64(day.rawValue * 6 + period.index)) != 0 }
        set {
            let bit: UInt64 = 1 << UInt64(day.rawValue * 6 + period.index)
            if newValue { bits |= bit } else { bits &= ~bit }
        }
    }

    func isOpen(_ cell: Int) -> Bool { bits & (1 << UInt64(cell)) != 0 }

    /// How many cells lie between `cell` and the next open one after it (1 for its neighbour, 42 for itself a week
    /// later); nil where none is open.
    func distance(after cell: Int) -> Int? {
        guard bits != 0 else { return nil }
        let shift = UInt64(cell + 1)
        let turned = ((bits >> shift) | (bits << (42 - shift))) & Self.full
        return turned.trailingZeroBitCount + 1
    }

    /// How many cells lie between `cell` and the nearest open one before it; nil where none is open.
    func distance(before cell: Int) -> Int? {
        guard bits != 0 else { return nil }
        let shift = UInt64(cell)
        let turned = ((bits << (42 - shift)) | (bits >> shift)) & Self.full
        return turned.leadingZeroBitCount - 22 + 1
    }

    var inverted: Cells { Cells(bits: ~bits) }
}
