/// Those of many rows that come first in an order, as many as a page needs: what is behind its end is counted, not kept.
struct Foremost {
    /// Beyond that it costs more to leave rows out than to keep them.
    private static let mostPruned = 8192
    private static let least = 256

    /// How many there were.
    private(set) var count = 0
    private let needed: Int
    private var kept: [ListOrder.Candidate] = []
    /// None that does not come before it is needed.
    private var bar: ListOrder.Candidate?

    /// - Parameters:
    ///   - needed: how many of the foremost rows are asked for at most.
    ///   - all: how many rows there may be.
    init(_ needed: Int, of all: Int) {
        self.needed = max(needed, Self.least)
        kept.reserveCapacity(self.needed > Self.mostPruned ? all : min(all, 2 * self.needed))
    }

    mutating func take(_ candidate: ListOrder.Candidate, _ order: ListOrder) {
        count += 1
        if let bar, !order.comesFirst(candidate, bar) { return }
        kept.append(candidate)
        guard needed <= Self.mostPruned, kept.count == 2 * needed else { return }
        kept.order(needed - 1..<needed, by: order.comesFirst)
        bar = kept[needed - 1]
        kept.removeLast(needed)
    }

    /// - Parameter range: of places in the order, none beyond `needed`.
    mutating func rows(_ range: Range<Int>, _ order: ListOrder) -> [ListOrder.Candidate] {
        kept.order(range, by: order.comesFirst)
        return Array(kept[range.clamped(to: 0..<kept.count)])
    }
}
