import Automation
import Runner
import Storage

/// One certificate in the register: plain bytes only, so that blocks of rows are copied without counting references.
struct StoredRow: Sendable, Hashable {
    enum Stage: UInt8, Sendable { case renewal, publication }
    enum LastKind: UInt8, Sendable { case none, renewed, published, failed }

    var id: Int64
    // Where its text stands in the block: the name, then the names, then its troubles, in lower case.
    var textStart: UInt32 = 0
    var nameEnd: UInt32 = 0
    var namesEnd: UInt32 = 0
    var textEnd: UInt32 = 0
    var placeStart: UInt32 = 0
    var placeCount: UInt32 = 0
    var issuer: UInt32
    var profiles: UInt32
    var zone: UInt32
    var labels: UInt32
    var figures: StandingFigures
    var notBefore: Instant
    /// The next run of either stage that starts by itself.
    var next: PlannedRun?
    var nextStage: Stage
    var last: LastKind
    var lastAt: Instant
    /// From then on time alone may have changed what is said here.
    var staleAt: Instant
    var readAt: Instant

    mutating func moveText(to start: Int) {
        let length = (name: nameEnd - textStart, names: namesEnd - textStart, all: textEnd - textStart)
        textStart = UInt32(clamping: start)
        nameEnd = textStart + length.name
        namesEnd = textStart + length.names
        textEnd = textStart + length.all
    }
}

/// One certificate on one target, as the register keeps it.
struct StoredPlace: Sendable, Hashable {
    struct Flags: OptionSet, Sendable, Hashable {
        let rawValue: UInt8
        static let managed = Flags(rawValue: 1)
        static let current = Flags(rawValue: 2)
        static let checked = Flags(rawValue: 4)
        static let fails = Flags(rawValue: 8)
        static let stuck = Flags(rawValue: 16)
        static let heldByHand = Flags(rawValue: 32)
    }

    enum Outcome: UInt8, Sendable { case none, serving, different, unreachable }

    var id: Int64
    /// "profile/target"
    var place: UInt32
    /// -1 for nothing, 0 for one that is not ours.
    var version: Int32
    var flags: Flags
    var outcome: Outcome
    /// `distantFuture` where it holds nothing.
    var end: Instant
    /// `distantPast` where nobody looked.
    var provedAt: Instant
}

/// What few rows have, in the words it came in.
struct RowWords: Sendable, Hashable {
    struct Trouble: Sendable, Hashable {
        /// "profile/target"; nil for the renewal.
        var target: String?
        var placement: Int64?
        var since: Instant
        var message: String
        var remedy: String
        var needsPerson: Bool
    }

    /// Where it has capital letters.
    var name: String?
    var troubles: [Trouble] = []
    /// Who paused it, and why.
    var pause: String?

    var isEmpty: Bool { name == nil && troubles.isEmpty && pause == nil }
}

/// A row before it has a place in a block.
struct FreshRow: Sendable {
    var stored: StoredRow
    /// Text offsets of `stored` count from its start.
    var text: [UInt8]
    var places: [StoredPlace]
    var words: RowWords?
}
