import Automation
import Profiles
import Runner
import Storage
import Synchronization

/// All certificates as lists show them, in memory: a page, a filter or a search costs no query.
///
/// It is filled once from the ledger and then follows the audit trail: whatever people decide or the runner achieves is
/// an event of the same transaction, so that `freshen` before an answer shows every change that was committed before.
/// What the trail does not tell (a plan whose time came, a target that is still fine) is read again by and by.
package actor CertificateRegister {
    private static let page = 1000
    /// Events that are followed in one step: few come between two looks.
    private static let step = 128
    /// Rows that are read again in one go because time alone changed them, or just to be sure.
    private static let staleAtOnce = 32
    private static let ownersKept = 10_000
    private static let restlessEvery = Span.seconds(5)

    private let ledger: any LedgerReading
    private let profiles: @Sendable () -> ProfileSet
    private let content = Mutex(RegisterContent())
    /// The last counts, by who sees what.
    let tallies = Mutex<[CertificateScope: RegisterTally]>([:])

    private var known: ProfileSet?
    private var sequence: Int64 = 0
    private var rounded: Int64 = 0
    private var lastRound: Instant?
    private var lastStale: Instant?
    /// The certificates of placements that were seen at work.
    private var owners: [Int64: Int64] = [:]
    /// Refreshes are counted: who asks waits for one that began after.
    private var begun = 0
    private var ended = 0
    private var waiting: [CheckedContinuation<Void, Never>] = []

    package init(ledger: any LedgerReading, profiles: @escaping @Sendable () -> ProfileSet) {
        self.ledger = ledger
        self.profiles = profiles
    }

    // MARK: Reading

    /// The register as it is: call `freshen` before, where what was just changed has to be seen.
    package nonisolated func list(
        _ query: ListQuery, scope: CertificateScope = .all, at now: Instant
    ) -> ListResult {
        snapshot.list(query, scope: scope, at: now)
    }

    /// One certificate's row; nil where it is unknown, or not for this person.
    package nonisolated func row(_ id: Int64, scope: CertificateScope = .all, at now: Instant) -> RegisterRow? {
        let content = snapshot
        guard let (block, row) = content.row(id), scope.admits(content.tables.labels[row.labels] ?? [:]) else {
            return nil
        }
        return content.shown(row, block, at: now)
    }

    package nonisolated var count: Int { snapshot.count }

    nonisolated var snapshot: RegisterContent { content.withLock { $0 } }

    // MARK: Keeping up

    /// Takes up all that was committed before this call; fills the register at the first.
    package func freshen(at now: Instant) async throws {
        let wanted = begun + 1
        while ended < wanted {
            guard begun == ended else {
                await withCheckedContinuation { waiting.append($0) }
                continue
            }
            begun += 1
            defer {
                ended = begun
                let rest = waiting
                waiting = []
                for continuation in rest { continuation.resume() }
            }
            try await refresh(now)
        }
    }

    private func refresh(_ now: Instant) async throws {
        let set = profiles()
        guard let before = known else { return try await fill(set, now) }
        let reader = StandingReader(ledger: ledger, profiles: set)
        if before.digests != set.digests || before.digest != set.digest {
            try await read(snapshot.ids(naming: Self.changed(before, set)), reader, now)
            known = set
        }
        try await followEvents(reader, now)
        if lastStale != now {
            lastStale = now
            try await read(snapshot.stale(at: now, limit: Self.staleAtOnce), reader, now)
        }
        if lastRound.map({ now - $0 >= Self.restlessEvery || now < $0 }) ?? true {
            lastRound = now
            try await readNext(reader, now)
        }
        try await lookWhatRuns()
    }

    private static func changed(_ before: ProfileSet, _ after: ProfileSet) -> Set<String> {
        let (old, new) = (before.publishing, after.publishing)
        return Set(old.keys).union(new.keys).filter { old[$0] != new[$0] }
    }

    // MARK: Filling

    private func fill(_ set: ProfileSet, _ now: Instant) async throws {
        // What happens from here on is read once more from the trail.
        let sequence = try await ledger.latestEvents(certificate: nil, limit: 1).first?.sequence ?? 0
        let reader = StandingReader(ledger: ledger, profiles: set)
        var filled = RegisterContent()
        var last: Int64 = .min
        while true {
            let overviews = try await ledger.overviews(after: last, limit: Self.page)
            guard let end = overviews.last else { break }
            last = end.certificate.id
            var rows: [FreshRow] = []
            for overview in overviews { rows.append(filled.tables.row(try await reader.standing(overview, at: now))) }
            filled.append(rows)
        }
        content.withLock { [filled] in $0 = filled }
        self.sequence = sequence
        known = set
        try await followEvents(reader, now)
        try await lookWhatRuns()
    }

    // MARK: Following

    private func followEvents(_ reader: StandingReader, _ now: Instant) async throws {
        while true {
            let events = try await ledger.events(after: sequence, certificate: nil, limit: Self.step)
            guard let end = events.last else { return }
            let names = Set(events.map(\.draft.certificate)).subtracting([""])
            var ids: [Int64] = []
            var unknown: Set<String> = []
            for name in names.sorted() {
                if let id = try await ledger.certificate(named: name)?.id {
                    ids.append(id)
                } else {
                    unknown.insert(name)
                }
            }
            try await read(ids + snapshot.ids(named: unknown), reader, now)
            sequence = end.sequence
            if events.count < Self.step { return }
        }
    }

    /// Some more rows in the order of their ids, round and round: what no event tells is taken up in the end.
    private func readNext(_ reader: StandingReader, _ now: Instant) async throws {
        let overviews = try await ledger.overviews(after: rounded, limit: Self.staleAtOnce)
        rounded = overviews.last?.certificate.id ?? .min
        try await put(overviews, reader, now)
    }

    /// Reads certificates again; what is not there any more leaves the register.
    private func read(_ ids: [Int64], _ reader: StandingReader, _ now: Instant) async throws {
        var overviews: [CertificateOverview] = []
        var gone: Set<Int64> = []
        for id in ids {
            if let overview = try await ledger.overview(id) { overviews.append(overview) } else { gone.insert(id) }
        }
        try await put(overviews, reader, now, removing: gone)
    }

    private func put(
        _ overviews: [CertificateOverview], _ reader: StandingReader, _ now: Instant, removing gone: Set<Int64> = []
    ) async throws {
        guard !overviews.isEmpty || !gone.isEmpty else { return }
        var standings: [CertificateStanding] = []
        for overview in overviews { standings.append(try await reader.standing(overview, at: now)) }
        content.withLock { [standings] content in
            let rows = standings.map { content.tables.row($0) }
            content.change(rows, removing: gone)
        }
    }

    /// What is claimed at present, by certificate.
    private func lookWhatRuns() async throws {
        var activities: [Int64: Activity] = [:]
        for claim in try await ledger.leases() {
            switch claim.work.kind {
            case .renewal: activities[claim.work.id, default: []].insert(.renewing)
            case .publication:
                guard let certificate = try await owner(of: claim.work.id) else { continue }
                activities[certificate, default: []].insert(.publishing)
            case .notice, .upkeep: continue
            }
        }
        content.withLock { [activities] in $0.activities = activities }
    }

    private func owner(of placement: Int64) async throws -> Int64? {
        if let owner = owners[placement] { return owner }
        guard let owner = try await ledger.placement(placement)?.certificate else { return nil }
        if owners.count >= Self.ownersKept { owners = [:] }
        owners[placement] = owner
        return owner
    }
}
