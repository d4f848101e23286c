import Automation
import Runner

/// One page of *Automated certificates*.
package struct ListResult: Sendable {
    /// The filter without which most rows would be there.
    package struct Hindrance: Sendable, Hashable {
        package var filter: ListQuery.Filter
        /// How many rows there would be without it.
        package var without: Int
    }

    package var rows: [RegisterRow]
    /// How many rows pass all filters.
    package var total: Int
    /// How many there are for this person at all.
    package var all: Int
    package var counts: [ListQuery.View: Int]
    /// The page that is shown: the last one where a later one was asked for.
    package var page: Int
    package var pages: Int
    /// Where nothing passes; nil too where leaving any one filter out would not help.
    package var hindrance: Hindrance?
    package var at: Instant
    /// The place of the last row that is shown; nil where none comes behind it.
    package var next: ListCursor?
}

extension RegisterContent {
    /// Answers a query for a person who sees no more than `scope`.
    func list(_ query: ListQuery, scope: CertificateScope, at now: Instant) -> ListResult {
        let test = ListTest(query, scope: scope, content: self, at: now)
        let order = ListOrder(query, self, at: now)
        let size = max(1, query.size)
        let (end, isOver) = query.page.multipliedReportingOverflow(by: size)
        var matches = Matches(Foremost(isOver ? .max : end, of: count))
        for (number, block) in blocks.enumerated() { matches.take(block, number, test, order) }
        let total = matches.found.count
        let pages = max(1, (total + size - 1) / size)
        let page = min(query.page, pages)
        let first = (page - 1) * size
        let chosen = matches.found.rows(first..<min(first + size, total), order)
        let hindrance = matches.without.max { ($0.value, $1.key.rawValue) < ($1.value, $0.key.rawValue) }
        return ListResult(
            rows: chosen.map { candidate in
                let block = blocks[Int(candidate.block)]
                return shown(block.rows[Int(candidate.row)], block, at: now)
            },
            total: total, all: matches.all, counts: matches.counts, page: page, pages: pages,
            hindrance: total == 0 ? hindrance.map { .init(filter: $0.key, without: $0.value) } : nil,
            at: now,
            next: first + size < total ? chosen.last.map(order.cursor) : nil)
    }

    /// All that pass, in order: for an export.
    func ordered(_ query: ListQuery, scope: CertificateScope, at now: Instant) -> [ListOrder.Candidate] {
        let test = ListTest(query, scope: scope, content: self, at: now)
        let order = ListOrder(query, self, at: now)
        var matches = Matches(Foremost(.max, of: count))
        for (number, block) in blocks.enumerated() { matches.take(block, number, test, order) }
        return matches.found.rows(0..<matches.found.count, order)
    }

    /// What one pass over all rows finds.
    private struct Matches {
        var found: Foremost
        var all = 0
        var counts: [ListQuery.View: Int] = [:]
        /// Rows that one filter alone leaves out.
        var without: [ListQuery.Filter: Int] = [:]

        init(_ found: Foremost) { self.found = found }

        mutating func take(_ block: RegisterBlock, _ number: Int, _ test: ListTest, _ order: ListOrder) {
            let texts = test.found(block)
            let views = ListQuery.View.allCases
            var tally = [Int](repeating: 0, count: views.count)
            for (index, row) in block.rows.enumerated() where test.isInScope(row) {
                all += 1
                for place in views.indices where test.isIn(views[place], row) {
                    tally[place] += 1
                }
                var failed: ListQuery.Filter?
                var isOut = false
                for filter in test.filters where !test.passes(filter, row, index, texts) {
                    isOut = failed != nil
                    if isOut { break }
                    failed = filter
                }
                if let failed {
                    if !isOut { without[failed, default: 0] += 1 }
                    continue
                }
                let key = order.key(row, block, test.activity(row))
                if let after = order.query.after, !order.isBehind(after, row, block, key: key) { continue }
                found.take(
                    ListOrder.Candidate(
                        key: key, tie: ListOrder.tie(row, block),
                        block: Int32(clamping: number),
                        row: Int32(clamping: index)), order)
            }
            for (place, view) in views.enumerated() { counts[view, default: 0] += tally[place] }
        }
    }
}
