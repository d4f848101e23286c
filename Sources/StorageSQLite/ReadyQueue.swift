import Automation
import Storage

/// What is due and not yet claimed, in the order of claims: read once from the table, then kept up to date.
///
/// Only a hint: a claim holds where its row is still there. Memory is bounded: among more than `limit` the most urgent
/// are kept, and the rest of a group is read again when its turn comes. A group that can take no more costs nothing, and
/// nobody behind it waits for it.
struct ReadyQueue {
    /// Where a row stands in the table.
    struct Position: Comparable {
        var at: Instant
        var kind: Int
        var id: Int64

        static let start = Position(at: .distantPast, kind: 0, id: 0)

        static func < (left: Position, right: Position) -> Bool {
            (left.at, left.kind, left.id) < (right.at, right.kind, right.id)
        }
    }

    /// What one call of `take` found.
    struct Taken {
        var records: [DueRecord] = []
        /// Nothing of this group is left here, but there is more in the table, which may come before all others.
        var exhausted: Int64?
    }

    private struct Group {
        var waiting = Heap<DueRecord>(comesFirst: DueRecord.comesFirst)
        /// What is less urgent than this stayed in the table, from there on.
        var left: (bar: DueRecord, from: Position)?
    }

    /// The first of a group, as it was when it became the first.
    private struct First {
        var record: DueRecord
        var group: Int64
    }

    private let limit: Int
    private var shedsAbove: Int
    private var groups: [Int64: Group] = [:]
    /// The groups in the order of their first; what is no longer a first is passed over.
    private var firsts: Heap<First>
    private(set) var count = 0
    /// All rows until then are known; nil before the first was read.
    private(set) var readUpTo: Instant?

    init(limit: Int) {
        self.limit = limit
        shedsAbove = limit
        firsts = Heap { DueRecord.comesFirst($0.record, $1.record) }
    }

    /// Forgets all: the table was changed by others, or what was taken came back.
    mutating func reset() { self = ReadyQueue(limit: limit) }

    /// All rows until `instant` were added.
    mutating func noteRead(upTo instant: Instant) { readUpTo = instant }

    /// A row was written. Its older forms may stay in here: they are not found when they are claimed.
    mutating func noteWritten(_ record: DueRecord) {
        if let readUpTo, record.at <= readUpTo { add(record) }
    }

    /// A row was read.
    mutating func add(_ record: DueRecord) {
        var group = groups[record.group] ?? Group()
        if let left = group.left, DueRecord.comesFirst(left.bar, record) {
            group.left?.from = min(left.from, record.position)
            groups[record.group] = group
            return
        }
        groups[record.group] = nil  // so that the heap is changed in place
        group.waiting.insert(record)
        if group.waiting.first == record { firsts.insert(First(record: record, group: record.group)) }
        groups[record.group] = group
        count += 1
        if count > shedsAbove { shed() }
    }

    /// The rows of this group that stayed in the table are about to be added again.
    /// - Returns: where they begin.
    mutating func beginReading(group: Int64) -> Position {
        defer { groups[group] = nil }
        return groups[group]?.left?.from ?? .start
    }

    /// Takes out at most `limit`, in the order of claims.
    mutating func take(_ limit: Int, busy: Set<Int64>, onlyManual: Bool) -> Taken {
        var taken = Taken()
        var passed: [First] = []
        while taken.records.count < limit, let first = firsts.first {
            firsts.removeFirst()
            guard groups[first.group]?.waiting.first == first.record else { continue }
            if busy.contains(first.group) {
                passed.append(first)
                continue
            }
            if onlyManual, !first.record.isManual {
                passed.append(first)
                break
            }
            taken.records.append(first.record)
            count -= 1
            if !removeFirst(of: first.group) {
                taken.exhausted = first.group
                break
            }
        }
        for first in passed { firsts.insert(first) }
        return taken
    }

    /// - Returns: false where nothing is left here but more is in the table.
    private mutating func removeFirst(of id: Int64) -> Bool {
        groups[id]?.waiting.removeFirst()
        if let next = groups[id]?.waiting.first {
            firsts.insert(First(record: next, group: id))
            return true
        }
        guard groups[id]?.left == nil else { return false }
        groups[id] = nil
        return true
    }

    /// Keeps the more urgent half of each group.
    private mutating func shed() {
        count = 0
        firsts.removeAll()
        for (id, group) in groups {
            let sorted = group.waiting.sorted()
            let kept = sorted.prefix((sorted.count + 1) / 2)
            var next = Group()
            next.left = group.left
            if let bar = kept.last, let from = sorted.dropFirst(kept.count).map(\.position).min() {
                next.left = (bar, min(from, group.left?.from ?? from))
            }
            for record in kept { next.waiting.insert(record) }
            if let first = kept.first { firsts.insert(First(record: first, group: id)) }
            groups[id] = next
            count += kept.count
        }
        // Each group keeps its first, so more groups than the limit need more room.
        shedsAbove = 4 * count <= 3 * limit ? limit : count + limit / 2
    }
}

extension DueRecord {
    fileprivate var position: ReadyQueue.Position {
        ReadyQueue.Position(at: at, kind: work.kind.rawValue, id: work.id)
    }
}
