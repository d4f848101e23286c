import Automation

/// One thing that the runner brings up to date: it is looked at when it is due, and says itself when next.
public struct WorkKey: Hashable, Sendable, Codable {
    public enum Kind: Int, Sendable, Codable, CaseIterable {
        /// The renewal stage of a certificate; the id is the certificate's.
        case renewal = 1
        /// One target of a certificate; the id is the placement's.
        case publication = 2
        /// A notice that has to leave; the id is the notice's.
        case notice = 3
        /// The house-keeping of the home; the id is 0.
        case upkeep = 4
    }

    public var kind: Kind
    public var id: Int64

    public init(_ kind: Kind, _ id: Int64) {
        self.kind = kind
        self.id = id
    }
}

/// When a piece of work is next looked at.
public struct DueRecord: Hashable, Sendable {
    public var work: WorkKey
    public var at: Instant
    /// What is overdue runs in this order; `distantFuture` where nothing is at stake.
    public var deadline: Instant
    /// Work of one group shares a target or an issuer: limits and breakers count by it. 0: none.
    public var group: Int64
    /// Starts that never ended: three need attention, so that a crash loop stops. Who schedules work that is due
    /// already cannot lower it; who releases a claim can.
    public var starts: Int
    /// Asked for by a person: runs before all else.
    public var isManual: Bool

    public init(
        _ work: WorkKey, at: Instant, deadline: Instant = .distantFuture, group: Int64 = 0, starts: Int = 0,
        isManual: Bool = false
    ) {
        self.work = work
        self.at = at
        self.deadline = deadline
        self.group = group
        self.starts = starts
        self.isManual = isManual
    }

    /// This, but never later than the younger `other`, for whatever reason of the two is more urgent, and in its group
    /// where it names one.
    public func hastened(by other: DueRecord) -> DueRecord {
        var next = self
        next.at = min(at, other.at)
        next.deadline = min(deadline, other.deadline)
        next.isManual = isManual || other.isManual
        if other.group != 0 { next.group = other.group }
        return next
    }

    /// The order of claims: what people asked for, then what has the least time to its deadline, then what waits
    /// longest; a publication before a renewal.
    public static func comesFirst(_ left: DueRecord, _ right: DueRecord) -> Bool {
        if left.isManual != right.isManual { return left.isManual }
        if left.deadline != right.deadline { return left.deadline < right.deadline }
        if left.at != right.at { return left.at < right.at }
        if left.work.kind != right.work.kind { return left.work.kind.rawValue > right.work.kind.rawValue }
        return left.work.id < right.work.id
    }
}

/// Another time for planned work, for the case that it still stands where it was read.
public struct DueMove: Hashable, Sendable {
    public var work: WorkKey
    /// Where it stood.
    public var from: Instant
    public var to: Instant
    /// Nil where the deadline stays.
    public var deadline: Instant?

    public init(_ work: WorkKey, from: Instant, to: Instant, deadline: Instant?) {
        self.work = work
        self.from = from
        self.to = to
        self.deadline = deadline
    }
}

/// Proof that a lease is still one's own; grows with every claim.
public struct Fence: Hashable, Sendable, Codable, Comparable {
    public let token: Int64
    public init(token: Int64) { self.token = token }
    public static func < (left: Fence, right: Fence) -> Bool { left.token < right.token }
}

/// A piece of work that one runner holds until `until`.
public struct Claim: Hashable, Sendable {
    public var work: WorkKey
    public var fence: Fence
    public var until: Instant
    public var dueAt: Instant
    public var deadline: Instant
    public var group: Int64
    /// This start included.
    public var starts: Int
    public var isManual: Bool

    public init(
        work: WorkKey, fence: Fence, until: Instant, dueAt: Instant, deadline: Instant, group: Int64, starts: Int,
        isManual: Bool
    ) {
        self.work = work
        self.fence = fence
        self.until = until
        self.dueAt = dueAt
        self.deadline = deadline
        self.group = group
        self.starts = starts
        self.isManual = isManual
    }
}

/// What a runner asks for when it has room for more.
public struct ClaimRequest: Sendable {
    public var limit: Int
    public var now: Instant
    public var leaseUntil: Instant
    /// Names the runner's incarnation: leases of others are dead when a runner starts.
    public var owner: String
    /// Groups that can take no more at present.
    public var busyGroups: Set<Int64>
    /// Only what people asked for: their own permits, so that a catch-up does not hold them up.
    public var onlyManual: Bool

    public init(
        limit: Int, now: Instant, leaseUntil: Instant, owner: String, busyGroups: Set<Int64> = [],
        onlyManual: Bool = false
    ) {
        self.limit = limit
        self.now = now
        self.leaseUntil = leaseUntil
        self.owner = owner
        self.busyGroups = busyGroups
        self.onlyManual = onlyManual
    }
}
