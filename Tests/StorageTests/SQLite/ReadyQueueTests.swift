import Automation
import Storage
import Testing

@testable import StorageSQLite

@Suite("The queue of what is due")
struct ReadyQueueTests {
    /// A table with its queue, as the writer keeps them.
    private struct Bench {
        var table: [WorkKey: DueRecord] = [:]
        var queue: ReadyQueue
        var rereads = 0

        init(limit: Int) {
            queue = ReadyQueue(limit: limit)
            queue.noteRead(upTo: Samples.now)
        }

        mutating func put(_ record: DueRecord) {
            table[record.work] = record
            queue.noteWritten(record)
        }

        /// As the writer claims.
        mutating func claim(_ limit: Int, busy: Set<Int64> = []) -> [DueRecord] {
            var found: [DueRecord] = []
            while found.count < limit {
                let taken = queue.take(limit - found.count, busy: busy, onlyManual: false)
                for record in taken.records where table[record.work] == record {
                    table[record.work] = nil
                    found.append(record)
                }
                if let group = taken.exhausted {
                    rereads += 1
                    let start = queue.beginReading(group: group)
                    for row in table.values where row.group == group {
                        guard row.at >= start.at, row.at <= Samples.now else { continue }
                        queue.add(row)
                    }
                } else if taken.records.isEmpty {
                    break
                }
            }
            return found
        }

        /// What must come, by sorting everything.
        func expected(_ limit: Int, busy: Set<Int64> = []) -> [DueRecord] {
            table.values.filter { $0.at <= Samples.now && !busy.contains($0.group) }.sorted(by: DueRecord.comesFirst)
                .prefix(limit).map { $0 }
        }
    }

    @Test("it gives what sorting everything gives, however little it keeps", arguments: [4, 16, 100, 5000], 0..<5)
    func sameAsSorting(limit: Int, seed: Int) {
        var random = SplitMix(seed: UInt64(seed + limit))
        var bench = Bench(limit: limit)
        for id in Int64(1)...1500 {
            bench.put(
                due(
                    id, at: Int64.random(in: 0...50, using: &random),
                    deadline: Int64.random(in: 0...400, using: &random),
                    group: Int64.random(in: 1...5, using: &random), manual: Int.random(in: 0...30, using: &random) == 0)
            )
        }
        for round in 0..<120 {
            let busy = Set(
                (0..<Int.random(in: 0...3, using: &random)).map { _ in Int64.random(in: 1...5, using: &random) })
            let count = Int.random(in: 1...20, using: &random)
            let expected = bench.expected(count, busy: busy)
            #expect(bench.claim(count, busy: busy) == expected, "round \(round)")
            for _ in 0..<6 {
                let id = Int64.random(in: 1...2000, using: &random)
                bench.put(
                    due(
                        id, at: Int64.random(in: 0...50, using: &random),
                        deadline: Int64.random(in: 0...400, using: &random),
                        group: Int64.random(in: 1...5, using: &random)))
            }
        }
        if limit < 100 { #expect(bench.rereads > 0) }
    }

    @Test("it never keeps much more than its limit")
    func bounded() {
        var queue = ReadyQueue(limit: 100)
        queue.noteRead(upTo: Samples.now)
        for id in Int64(1)...20_000 {
            queue.noteWritten(due(id, at: id, deadline: 50_000 - id, group: id % 3))
            #expect(queue.count <= 100)
        }
        for id in Int64(1)...300 { queue.noteWritten(due(id, at: id, group: 1000 + id)) }
        #expect(queue.count <= 800, "each group keeps its first")
    }

    @Test("what is due later than it has read is left to the next reading")
    func later() {
        var queue = ReadyQueue(limit: 100)
        queue.noteWritten(due(1, at: 1))
        #expect(queue.count == 0)
        queue.noteRead(upTo: Samples.instant(5))
        queue.noteWritten(due(1, at: 5))
        queue.noteWritten(due(2, at: 6))
        #expect(queue.take(9, busy: [], onlyManual: false).records == [due(1, at: 5)])
    }
}
