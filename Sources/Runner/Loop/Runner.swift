import Automation
import Foundation
import PluginKit
import Storage
import Synchronization

/// The one process of a home that does the work: claims what is due, drives it, and waits for what comes next.
public final class Runner: Sendable {
    /// What is taken up, and when `run` returns.
    public enum Mode: Sendable {
        /// All that is due and open; returns when there is nothing of it left.
        case untilIdle
        /// The same, until `stop` is called.
        case untilStopped
        /// Only what people asked for; returns when there is nothing of it left.
        case byHand
    }

    let outside: RunnerDependencies
    let leases = LeaseBook()
    let breakers = Breakers()
    private let bell = Bell()
    private let stopping = Mutex(false)
    private let ended = Mutex<[Job]>([])
    /// Claims that could not be let go of yet: the ledger still has them as ours.
    private let strays = Mutex<[Claim]>([])
    private let lastBeat = Mutex(Duration.zero)
    private let passed = Mutex<Instant?>(nil)
    /// Names this incarnation: leases of others are dead.
    private let owner: String

    public init(_ dependencies: RunnerDependencies) {
        outside = dependencies
        owner = dependencies.entropy(8).hexadecimal
    }

    /// Looks at once whether there is something to do: somebody asked for it.
    public func wake() { bell.ring() }

    /// Starts nothing more; `run` returns when what runs has ended.
    public func stop() {
        stopping.withLock { $0 = true }
        bell.ring()
    }

    /// When it last looked what is due; nil before the first time.
    public var lastPass: Instant? { passed.withLock { $0 } }

    /// Whether no further step is to be begun.
    var isStopping: Bool { stopping.withLock { $0 } }

    /// Does the work.
    /// - Throws: `StorageError` where the ledger can't be used any more.
    public func run(_ mode: Mode) async throws {
        try await start()
        try await withThrowingDiscardingTaskGroup { group in
            var permits = Permits(outside.settings, limits: outside.issuerLimits)
            var guardian = ClockGuard()
            while !isStopping {
                takeBack(&permits)
                do {
                    try await keepLeases()
                    try await letGoOfStrays()
                    if try await look(&guardian) { permits.limits = outside.issuerLimits }
                    let jobs = try await claim(permits, guardian, mode)
                    passed.withLock { $0 = outside.clock.now() }
                    for job in jobs {
                        permits.take(job)
                        group.addTask { [self] in try await drive(job) }
                    }
                    guard jobs.isEmpty else { continue }
                    let pause = try await pause(guardian)
                    if mode != .untilStopped, permits.running == 0, try await isIdle(mode) { break }
                    await bell.wait(atMost: pause, outside.clock)
                } catch let error as StorageError where mode == .untilStopped && error.isPassing {
                    report("Nothing can be done for now: \(error)")
                    await bell.wait(atMost: Self.obstructed, outside.clock)
                }
            }
            while permits.running > 0 {
                await bell.wait(atMost: beat, outside.clock)
                takeBack(&permits)
                do {
                    try await keepLeases()
                } catch let error as StorageError where error.isPassing {
                    report("Leases can't be prolonged: \(error)")
                }
            }
            try await letGoOfStrays()
        }
    }

    /// How long it waits where the database is held by somebody else, or its disk is full.
    private static let obstructed = Duration.seconds(5)

    /// How long a renewal lets a publication of the same certificate go first.
    static let yielding = Span.seconds(15)

    /// Whether nothing is left that a run "until idle" would do: what lets something else go first for a moment counts.
    private func isIdle(_ mode: Mode) async throws -> Bool {
        guard mode == .untilIdle else { return true }
        let now = outside.clock.now()
        return try await outside.ledger.nextDue(after: now).map { $0 > now + Self.yielding } ?? true
    }

    /// Frees the work of runners that are gone, and brings placements and plans up to date.
    private func start() async throws {
        lastBeat.withLock { $0 = outside.clock.monotonic() }
        let now = outside.clock.now()
        let freed = try await outside.ledger.releaseLeases(exceptOf: owner, at: now)
        let keeping = Keeping(outside)
        try await keeping.noteInterrupted(freed, at: now)
        try await keeping.startUp(at: now)
    }

    /// Looks at the clock and the profiles.
    /// - Returns: whether the profiles changed.
    private func look(_ guardian: inout ClockGuard) async throws -> Bool {
        let now = outside.clock.now()
        if case .jumped(let span) = guardian.look(wall: now, monotonic: outside.clock.monotonic()) {
            try await Keeping(outside).noteClockJump(span, at: now)
        }
        guard let reading = outside.profiles.refresh() else { return false }
        try await Keeping(outside).takeUp(reading, at: now)
        return true
    }

    private func claim(_ permits: Permits, _ guardian: ClockGuard, _ mode: Mode) async throws -> [Job] {
        guard guardian.waits(at: outside.clock.monotonic()) == nil else { return [] }
        let byHandOnly = permits.free == 0 || mode == .byHand
        let limit = min(permits.free == 0 ? permits.freeByHand : permits.free, permits.batch)
        guard limit > 0 else { return [] }
        let now = outside.clock.now()
        let trusted = outside.clock.monotonic() + LeaseBook.trusted(outside.settings.lease)
        let claims = try await outside.ledger.claim(
            ClaimRequest(
                limit: limit, now: now, leaseUntil: now + outside.settings.lease, owner: owner,
                busyGroups: permits.busyGroups, onlyManual: byHandOnly))
        leases.add(claims, trustedUntil: trusted)
        return Job.jobs(of: claims)
    }

    /// How long there is nothing to do.
    private func pause(_ guardian: ClockGuard) async throws -> Duration {
        let longest = leases.held.isEmpty ? outside.settings.longestSleep.duration : beat
        if let settling = guardian.waits(at: outside.clock.monotonic()) { return min(settling, longest) }
        let now = outside.clock.now()
        guard let next = try await outside.ledger.nextDue(after: now) else { return longest }
        return min((next - now).duration, longest)
    }

    private func takeBack(_ permits: inout Permits) {
        let jobs = ended.withLock { jobs in
            defer { jobs = [] }
            return jobs
        }
        for job in jobs { permits.giveBack(job) }
    }

    private func drive(_ job: Job) async throws {
        // However it ends: where the ledger closed, the loop has to learn of it now and not at the next beat.
        defer {
            for claim in job.claims { leases.remove(claim.fence) }
            ended.withLock { $0.append(job) }
            bell.ring()
        }
        do {
            try await work(on: job)
        } catch let storage as StorageError where storage.code == .closed {
            throw storage
        } catch {
            // The lease is lost, the runner stops, or a record could not be written: nobody else works on it, so it
            // must not stay claimed.
            await letGo(of: job.claims, because: error)
        }
    }

    private func work(on job: Job) async throws {
        guard let first = job.claims.first else { return }
        switch first.work.kind {
        case .renewal: try await RenewalDriver(self, first).drive()
        case .publication: try await PublicationDriver(self, job.claims).drive()
        case .notice: for claim in job.claims { try await NoticeDriver(self, claim).drive() }
        case .upkeep: try await Keeping(outside).drive(Claimed(claim: first, outside: outside, leases: leases))
        }
    }

    /// Puts back what a driver could not end itself; it goes on from what was recorded.
    private func letGo(of claims: [Claim], because error: any Error) async {
        let isFailure = !(error is WorkStopped) && !(error is CancellationError)
        if isFailure {
            report("Work is put back: \(error)")
        }
        for claim in claims {
            do {
                try await putBack(claim)
            } catch {
                strays.withLock { $0.append(claim) }
            }
        }
    }

    private func report(_ text: String) {
        outside.report(ProgressNote(at: outside.clock.now(), kind: .failed, certificate: "", text: text))
    }

    /// Under its fence: where somebody else has it, or it ended properly, nothing happens.
    private func putBack(_ claim: Claim) async throws {
        let pause: Span = isStopping ? .zero : .minutes(1)
        let next = DueRecord(
            claim.work, at: outside.clock.now() + pause, deadline: claim.deadline, group: claim.group,
            isManual: claim.isManual)
        _ = try await outside.ledger.commit(
            Change(release: Change.Release(claim.work, next: next)), under: claim.fence)
    }

    private func letGoOfStrays() async throws {
        let claims = strays.withLock { claims in
            defer { claims = [] }
            return claims
        }
        if !claims.isEmpty { await letGo(of: claims, because: WorkStopped.leaseLost) }
    }

    /// How often leases are prolonged while work runs.
    private var beat: Duration { outside.settings.lease.duration / 3 }

    /// Prolongs the leases of long work, all in one transaction, when a third of their time is over.
    private func keepLeases() async throws {
        let held = leases.held
        let now = outside.clock.monotonic()
        guard !held.isEmpty, now >= lastBeat.withLock({ $0 }) + beat else { return }
        lastBeat.withLock { $0 = now }
        let lease = outside.settings.lease
        let extended = try await outside.ledger.extend(held, until: outside.clock.now() + lease)
        leases.renew(held, extended: extended, trustedUntil: now + LeaseBook.trusted(lease))
    }
}
