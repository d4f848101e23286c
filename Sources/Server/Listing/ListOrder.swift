import Automation
import Runner

/// The order of a list: what each row is put in order by, and which of two comes first.
struct ListOrder {
    struct Candidate {
        var key: Int64
        /// How its name begins: what decides between equal keys, which are many where a column has few values.
        var tie: Int64
        var block: Int32
        var row: Int32
    }

    let query: ListQuery
    private let now: Instant
    let content: RegisterContent
    private let issuerRanks: [Int64]
    private let profileRanks: [Int64]

    init(_ query: ListQuery, _ content: RegisterContent, at now: Instant) {
        self.query = query
        self.now = now
        self.content = content
        issuerRanks = Self.ranks(content.tables.issuers.values)
        profileRanks = Self.ranks(content.tables.profiles.values.map { $0.joined(separator: ", ") })
    }

    private static func ranks(_ values: [String]) -> [Int64] {
        var ranks = [Int64](repeating: 0, count: values.count)
        let order = values.indices.sorted { values[$0] < values[$1] }
        for (rank, index) in order.enumerated() { ranks[index] = Int64(rank) }
        return ranks
    }

    func key(_ row: StoredRow, _ block: RegisterBlock, _ activity: Activity) -> Int64 {
        let figures = row.figures
        switch query.sort {
        // Far below any instant.
        case .attention: return figures.needsPerson(at: now) ? figures.next.seconds - (1 << 50) : figures.next.seconds
        case .name: return Self.prefix(block, block.nameRange(row))
        case .names: return Self.prefix(block, block.namesRange(row))
        case .issuer: return Self.rank(issuerRanks, row.issuer)
        case .profile: return Self.rank(profileRanks, row.profiles)
        case .expires: return figures.end.seconds
        case .next: return figures.next.seconds
        case .last: return row.lastAt.seconds
        case .renewed: return Self.severity(figures.renewedKind(activity, at: now))
        case .published: return Self.severity(figures.publishedKind(activity))
        case .serving: return Self.severity(figures.servingKind(activity, at: now))
        }
    }

    private static func rank(_ ranks: [Int64], _ number: UInt32) -> Int64 {
        ranks.indices.contains(Int(number)) ? ranks[Int(number)] : .max
    }

    private static func severity(_ kind: Mark.Kind) -> Int64 {
        switch kind {
        case .needsPerson: 0
        case .retrying: 1
        case .rolledBack: 2
        case .running: 3
        case .waiting: 4
        case .held: 5
        case .notProved: 6
        case .off: 7
        case .done: 8
        }
    }

    static func tie(_ row: StoredRow, _ block: RegisterBlock) -> Int64 { prefix(block, block.nameRange(row)) }

    /// The first eight bytes, so that most texts are compared as one number.
    private static func prefix(_ block: RegisterBlock, _ range: Range<Int>) -> Int64 {
        var value: UInt64 = 0
        for offset in 0..<8 {
            let at = range.lowerBound + offset
            value = value << 8 | (at < range.upperBound ? UInt64(block.text[at]) : 0)
        }
        return Int64(bitPattern: value ^ (1 << 63))
    }

    /// A total order: no two rows are equal in it.
    func comesFirst(_ left: Candidate, _ right: Candidate) -> Bool {
        if left.key != right.key { return (left.key < right.key) != query.isDescending }
        if query.sort != .names, left.tie != right.tie {
            return (left.tie < right.tie) != (query.isDescending && query.sort == .name)
        }
        let (leftBlock, rightBlock) = (content.blocks[Int(left.block)], content.blocks[Int(right.block)])
        let (leftRow, rightRow) = (leftBlock.rows[Int(left.row)], rightBlock.rows[Int(right.row)])
        if query.sort == .names {
            let order = Self.compare(
                leftBlock, leftBlock.namesRange(leftRow), rightBlock, rightBlock.namesRange(rightRow))
            if order != 0 { return (order < 0) != query.isDescending }
        }
        let order = Self.compare(leftBlock, leftBlock.nameRange(leftRow), rightBlock, rightBlock.nameRange(rightRow))
        if order != 0 { return (order < 0) != (query.isDescending && query.sort == .name) }
        return leftRow.id < rightRow.id
    }

    private static func compare(
        _ left: RegisterBlock, _ leftRange: Range<Int>, _ right: RegisterBlock, _ rightRange: Range<Int>
    ) -> Int {
        var (at, other) = (leftRange.lowerBound, rightRange.lowerBound)
        while at < leftRange.upperBound, other < rightRange.upperBound {
            let (byte, against) = (left.text[at], right.text[other])
            if byte != against { return byte < against ? -1 : 1 }
            at += 1
            other += 1
        }
        return leftRange.count - rightRange.count
    }
}

extension Array {
    /// Puts those in order that belong at the places of `range`, and leaves the others in any order around them: a page
    /// costs a pass over the list, not its sorting.
    mutating func order(_ range: Range<Int>, by comesFirst: (Element, Element) -> Bool) {
        let range = range.clamped(to: 0..<count)
        guard !range.isEmpty else { return }
        var parts = [0..<count]
        var passes = 0
        while let part = parts.popLast() {
            guard part.overlaps(range), part.count > 1 else { continue }
            passes += 1
            // Small, or badly cut again and again.
            if part.count <= 24 || passes > 256 {
                self[part].sort(by: comesFirst)
                continue
            }
            let cut = partition(part, by: comesFirst)
            parts.append(part.lowerBound..<cut)
            parts.append(cut + 1..<part.upperBound)
        }
    }

    /// Puts one element where it belongs, those that come first before it and the others behind.
    /// - Returns: its place.
    private mutating func partition(_ part: Range<Int>, by comesFirst: (Element, Element) -> Bool) -> Int {
        let last = part.upperBound - 1
        let middle = part.lowerBound + part.count / 2
        // The middle one of three goes to the end.
        if comesFirst(self[middle], self[part.lowerBound]) { swapAt(middle, part.lowerBound) }
        if comesFirst(self[last], self[part.lowerBound]) { swapAt(last, part.lowerBound) }
        if comesFirst(self[middle], self[last]) { swapAt(middle, last) }
        let pivot = self[last]
        var place = part.lowerBound
        for index in part.lowerBound..<last where comesFirst(self[index], pivot) {
            if index != place { swapAt(index, place) }
            place += 1
        }
        swapAt(place, last)
        return place
    }
}
