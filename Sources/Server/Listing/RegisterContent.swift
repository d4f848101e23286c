import Automation
import Runner

/// All rows at one moment. A value: readers keep theirs while the register goes on.
struct RegisterContent: Sendable {
    private(set) var blocks: [RegisterBlock] = []
    var tables = RegisterTables()
    /// Counts the changes of rows.
    private(set) var edition = 0
    /// What is being done at present, by certificate; the rest is at rest.
    var activities: [Int64: Activity] = [:]

    var count: Int { blocks.reduce(0) { $0 + $1.rows.count } }

    func row(_ id: Int64) -> (block: RegisterBlock, row: StoredRow)? {
        guard let number = blockNumber(of: id), let index = blocks[number].index(of: id) else { return nil }
        return (blocks[number], blocks[number].rows[index])
    }

    /// The block that holds that id, or would.
    private func blockNumber(of id: Int64) -> Int? {
        guard !blocks.isEmpty else { return nil }
        var (low, high) = (0, blocks.count)
        while low < high {
            let middle = (low + high) / 2
            if blocks[middle].firstID <= id { low = middle + 1 } else { high = middle }
        }
        return max(0, low - 1)
    }

    /// Adds rows behind all others: how the register is filled.
    /// - Parameter rows: ascending by id, all greater than any id so far.
    mutating func append(_ rows: [FreshRow]) {
        edition &+= 1
        for start in stride(from: 0, to: rows.count, by: RegisterBlock.largest / 2) {
            blocks.append(RegisterBlock(Array(rows[start..<min(start + RegisterBlock.largest / 2, rows.count)])))
        }
    }

    /// Writes rows anew and takes others out.
    mutating func change(_ fresh: [FreshRow], removing gone: Set<Int64> = []) {
        edition &+= 1
        if blocks.isEmpty, !fresh.isEmpty { blocks = [RegisterBlock()] }
        var parts: [Int: (fresh: [Int64: FreshRow], gone: Set<Int64>)] = [:]
        for row in fresh {
            if let number = blockNumber(of: row.stored.id) {
                parts[number, default: ([:], [])].fresh[row.stored.id] = row
            }
        }
        for id in gone {
            if let number = blockNumber(of: id) { parts[number, default: ([:], [])].gone.insert(id) }
        }
        for (number, part) in parts { blocks[number].change(part.fresh, removing: part.gone) }
        // From the last to the first: the numbers before a split stay what they are.
        for number in parts.keys.sorted(by: >) {
            if blocks[number].rows.isEmpty {
                blocks.remove(at: number)
            } else if blocks[number].rows.count > RegisterBlock.largest {
                split(number)
            }
        }
    }

    private mutating func split(_ number: Int) {
        var parts = [blocks[number]]
        while parts.contains(where: { $0.rows.count > RegisterBlock.largest }) { parts = parts.flatMap { $0.halves() } }
        blocks.replaceSubrange(number...number, with: parts)
    }

    /// The ids of rows that time alone may have changed, the longest waiting first.
    func stale(at now: Instant, limit: Int) -> [Int64] {
        var found: [(at: Instant, id: Int64)] = []
        for block in blocks where block.firstStale <= now {
            for row in block.rows where row.staleAt <= now { found.append((row.staleAt, row.id)) }
        }
        return found.sorted { ($0.at, $0.id) < ($1.at, $1.id) }.prefix(limit).map(\.id)
    }

    /// The ids of certificates whose flow or targets name one of these profiles.
    func ids(naming changed: Set<String>) -> [Int64] {
        let flows = tables.profiles.marks { !changed.isDisjoint(with: $0) }
        let places = tables.places.marks { place in
            place.split(separator: "/").first.map { changed.contains(String($0)) } ?? false
        }
        return blocks.flatMap { block in
            block.rows.filter { row in
                flows.holds(row.profiles) || block.places[block.placeRange(row)].contains { places.holds($0.place) }
            }.map(\.id)
        }
    }

    /// The ids of certificates with one of these names.
    func ids(named names: Set<String>) -> [Int64] {
        guard !names.isEmpty else { return [] }
        let wanted = Set(names.map { Array($0.lowercased().utf8) })
        return blocks.flatMap { block in
            block.rows.filter { wanted.contains(Array(block.text[block.nameRange($0)])) }.map(\.id)
        }
    }
}
