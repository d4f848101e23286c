import Automation

/// Some hundred rows with their text, ascending by id. A change copies one block and no more, so that who reads an
/// older state of the register meanwhile is not disturbed.
struct RegisterBlock: Sendable {
    static let largest = 1024

    private(set) var rows: [StoredRow] = []
    private(set) var text: [UInt8] = []
    private(set) var places: [StoredPlace] = []
    private(set) var words: [Int64: RowWords] = [:]
    /// When time alone first changes what is said here.
    private(set) var firstStale = Instant.distantFuture

    init() {}

    /// - Parameter rows: ascending by id, each id once.
    init(_ rows: [FreshRow]) {
        self.rows.reserveCapacity(rows.count)
        text.reserveCapacity(rows.reduce(0) { $0 + $1.text.count })
        places.reserveCapacity(rows.reduce(0) { $0 + $1.places.count })
        for row in rows { append(row.stored, row.text[...], row.places[...], row.words) }
    }

    private mutating func noteStale() { firstStale = rows.lazy.map(\.staleAt).min() ?? .distantFuture }

    var firstID: Int64 { rows.first?.id ?? .max }

    func index(of id: Int64) -> Int? {
        let index = position(of: id)
        return rows.indices.contains(index) && rows[index].id == id ? index : nil
    }

    /// Where the first row stands whose id is not less.
    private func position(of id: Int64) -> Int {
        var (low, high) = (0, rows.count)
        while low < high {
            let middle = (low + high) / 2
            if rows[middle].id < id { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Writes rows anew and takes others out.
    /// - Parameter fresh: by id.
    mutating func change(_ fresh: [Int64: FreshRow], removing gone: Set<Int64> = []) {
        var rest = fresh
        if gone.isEmpty {
            for (id, row) in fresh where replaceInPlace(row) { rest[id] = nil }
            if rest.isEmpty { return noteStale() }
        }
        let added = rest.keys.sorted()
        var block = RegisterBlock()
        block.rows.reserveCapacity(rows.count + added.count)
        block.text.reserveCapacity(text.count)
        block.places.reserveCapacity(places.count)
        var next = added.startIndex
        func take(upTo id: Int64, _ block: inout RegisterBlock) {
            while next < added.endIndex, added[next] < id {
                if let row = rest[added[next]] { block.append(row.stored, row.text[...], row.places[...], row.words) }
                next += 1
            }
        }
        for row in rows {
            take(upTo: row.id, &block)
            guard !gone.contains(row.id), rest[row.id] == nil else { continue }
            block.append(row, text[textRange(row)], places[placeRange(row)], words[row.id])
        }
        take(upTo: .max, &block)
        self = block
    }

    /// - Returns: whether the row was there with the same text and as many targets, and is the new one now.
    private mutating func replaceInPlace(_ row: FreshRow) -> Bool {
        guard let index = index(of: row.stored.id) else { return false }
        let old = rows[index]
        guard text[textRange(old)].elementsEqual(row.text), Int(old.placeCount) == row.places.count else {
            return false
        }
        var stored = row.stored
        stored.moveText(to: Int(old.textStart))
        stored.placeStart = old.placeStart
        rows[index] = stored
        if !row.places.isEmpty { places.replaceSubrange(placeRange(old), with: row.places) }
        words[stored.id] = row.words
        return true
    }

    private mutating func append(
        _ row: StoredRow, _ bytes: ArraySlice<UInt8>, _ stands: ArraySlice<StoredPlace>, _ rowWords: RowWords?
    ) {
        var row = row
        row.moveText(to: text.count)
        row.placeStart = UInt32(clamping: places.count)
        row.placeCount = UInt32(clamping: stands.count)
        rows.append(row)
        firstStale = min(firstStale, row.staleAt)
        text += bytes
        places += stands
        if let rowWords { words[row.id] = rowWords }
    }

    /// Two of about the same size.
    func halves() -> [RegisterBlock] {
        let middle = rows.count / 2
        return [rows[..<middle], rows[middle...]].map { part in
            var block = RegisterBlock()
            for row in part { block.append(row, text[textRange(row)], places[placeRange(row)], words[row.id]) }
            return block
        }
    }

    func textRange(_ row: StoredRow) -> Range<Int> { Int(row.textStart)..<Int(row.textEnd) }
    func nameRange(_ row: StoredRow) -> Range<Int> { Int(row.textStart)..<Int(row.nameEnd) }
    /// The names alone, without the line end before them.
    func namesRange(_ row: StoredRow) -> Range<Int> { min(Int(row.nameEnd) + 1, Int(row.namesEnd))..<Int(row.namesEnd) }
    func placeRange(_ row: StoredRow) -> Range<Int> {
        Int(row.placeStart)..<Int(row.placeStart) + Int(row.placeCount)
    }

    func contains(_ needle: Needle, in range: Range<Int>) -> Bool {
        text.withUnsafeBytes { needle.first(in: $0, from: range.lowerBound, to: range.upperBound) != nil }
    }

    func name(_ row: StoredRow) -> String {
        words[row.id]?.name ?? String(decoding: text[nameRange(row)], as: UTF8.self)
    }

    func names(_ row: StoredRow) -> [String] {
        String(decoding: text[namesRange(row)], as: UTF8.self).split(separator: "\n").map(String.init)
    }
}
