import Automation
import Foundation
import Storage
import Synchronization

/// A ledger whose audit trail can't be written any more, once a test says so: what has an event is refused as a whole,
/// as a transaction that fails is.
final class StubbornLedger: Ledger {
    let base: MemoryLedger
    private let refuses = Mutex(false)
    private let pages = Mutex(0)
    /// How often a page of events was read.
    var pagesRead: Int { pages.withLock { $0 } }
    private let afterReading = Mutex<(@Sendable () async throws -> Void)?>(nil)

    init(_ base: MemoryLedger) { self.base = base }

    func refuseEvents() { refuses.withLock { $0 = true } }

    /// Has something happen once, between the reading of a document and its return.
    func afterNextReading(_ body: @escaping @Sendable () async throws -> Void) { afterReading.withLock { $0 = body } }

    func document(_ kind: DocumentRecord.Kind, _ key: String) async throws -> DocumentRecord? {
        let record = try await base.document(kind, key)
        let body = afterReading.withLock { body in
            defer { body = nil }
            return body
        }
        try await body?()
        return record
    }

    func commit(_ change: Change, under fence: Fence?) async throws -> CommitOutcome {
        if refuses.withLock({ $0 }), !change.events.isEmpty {
            throw StorageError(
                .databaseFull, "The audit trail can't be written.", remedy: "Make room on the disk.")
        }
        return try await base.commit(change, under: fence)
    }

    // MARK: As the other has it

    func claim(_ request: ClaimRequest) async throws -> [Claim] { try await base.claim(request) }
    func extend(_ fences: Set<Fence>, until: Instant) async throws -> Set<Fence> {
        try await base.extend(fences, until: until)
    }
    func releaseLeases(exceptOf owner: String, at now: Instant) async throws -> [WorkKey] {
        try await base.releaseLeases(exceptOf: owner, at: now)
    }
    func newIDs(_ count: Int) async throws -> [Int64] { try await base.newIDs(count) }
    func close() async { await base.close() }
    func certificate(named name: String) async throws -> CertificateRecord? { try await base.certificate(named: name) }
    func certificate(_ id: Int64) async throws -> CertificateRecord? { try await base.certificate(id) }
    func certificates(after name: String?, limit: Int) async throws -> [CertificateRecord] {
        try await base.certificates(after: name, limit: limit)
    }
    func issuersInUse() async throws -> Set<String> { try await base.issuersInUse() }
    func overviews(after id: Int64, limit: Int) async throws -> [CertificateOverview] {
        try await base.overviews(after: id, limit: limit)
    }
    func overview(_ id: Int64) async throws -> CertificateOverview? { try await base.overview(id) }
    func planningRows(after id: Int64, limit: Int) async throws -> [PlanningRow] {
        try await base.planningRows(after: id, limit: limit)
    }
    func renewalContext(_ certificate: Int64) async throws -> RenewalContext? {
        try await base.renewalContext(certificate)
    }
    func publicationContext(_ placement: Int64) async throws -> PublicationContext? {
        try await base.publicationContext(placement)
    }
    func versions(of certificate: Int64, limit: Int) async throws -> [VersionRecord] {
        try await base.versions(of: certificate, limit: limit)
    }
    func version(of certificate: Int64, number: Int) async throws -> VersionRecord? {
        try await base.version(of: certificate, number: number)
    }
    func version(withFingerprint fingerprint: Data) async throws -> VersionRecord? {
        try await base.version(withFingerprint: fingerprint)
    }
    func material(of certificate: Int64, number: Int) async throws -> VersionMaterial? {
        try await base.material(of: certificate, number: number)
    }
    func versionsWithKeys(
        endedBefore end: Instant, after last: VersionRecord?, limit: Int
    ) async throws -> [VersionRecord] {
        try await base.versionsWithKeys(endedBefore: end, after: last, limit: limit)
    }
    func placements(of certificate: Int64) async throws -> [PlacementRecord] {
        try await base.placements(of: certificate)
    }
    func placements(profile: String) async throws -> [PlacementRecord] { try await base.placements(profile: profile) }
    func placement(_ id: Int64) async throws -> PlacementRecord? { try await base.placement(id) }
    func wish(of placement: Int64) async throws -> PlacementWish { try await base.wish(of: placement) }
    func publications(of placement: Int64, limit: Int) async throws -> [PublicationRecord] {
        try await base.publications(of: placement, limit: limit)
    }
    func attempts(of certificate: Int64?, work: WorkKey?, limit: Int) async throws -> [AttemptRecord] {
        try await base.attempts(of: certificate, work: work, limit: limit)
    }
    func oldestAttempt() async throws -> Instant? { try await base.oldestAttempt() }
    func attemptCount(of work: WorkKey) async throws -> Int { try await base.attemptCount(of: work) }
    func events(after sequence: Int64, certificate: String?, limit: Int) async throws -> [Event] {
        pages.withLock { $0 += 1 }
        return try await base.events(after: sequence, certificate: certificate, limit: limit)
    }
    func latestEvents(certificate: String?, limit: Int) async throws -> [Event] {
        try await base.latestEvents(certificate: certificate, limit: limit)
    }
    func auditHead() async throws -> AuditHead? { try await base.auditHead() }
    func secrets() async throws -> [SecretRecord] { try await base.secrets() }
    func secret(named name: String) async throws -> SecretRecord? { try await base.secret(named: name) }
    func pluginState(scope: String, key: String) async throws -> PluginStateRecord? {
        try await base.pluginState(scope: scope, key: key)
    }
    func notice(_ id: Int64) async throws -> NoticeRecord? { try await base.notice(id) }
    func meta(_ key: String) async throws -> String? { try await base.meta(key) }
    func documents(_ kind: DocumentRecord.Kind, owner: String?) async throws -> [DocumentRecord] {
        try await base.documents(kind, owner: owner)
    }
    func due(_ work: WorkKey) async throws -> DueRecord? { try await base.due(work) }
    func due(before limit: Instant, count: Int) async throws -> [DueRecord] {
        try await base.due(before: limit, count: count)
    }
    func lease(_ work: WorkKey) async throws -> Claim? { try await base.lease(work) }
    func leases() async throws -> [Claim] { try await base.leases() }
    func nextDue() async throws -> Instant? { try await base.nextDue() }
    func nextDue(after instant: Instant) async throws -> Instant? { try await base.nextDue(after: instant) }
    func owner(ofPlace place: String) async throws -> PlacementRecord? { try await base.owner(ofPlace: place) }
    func counts() async throws -> LedgerCounts { try await base.counts() }
}
