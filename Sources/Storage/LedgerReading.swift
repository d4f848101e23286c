import Automation
import Foundation

/// What the renewal stage of one certificate needs, read at one moment.
public struct RenewalContext: Sendable {
    public var certificate: CertificateRecord
    public var state: RenewalState
    public var current: VersionRecord?
    public var openIntent: IntentRecord?
    public var placements: [PlacementRecord]

    public init(
        certificate: CertificateRecord, state: RenewalState, current: VersionRecord?, openIntent: IntentRecord?,
        placements: [PlacementRecord]
    ) {
        self.certificate = certificate
        self.state = state
        self.current = current
        self.openIntent = openIntent
        self.placements = placements
    }
}

/// What the publication to one target needs, read at one moment.
public struct PublicationContext: Sendable {
    public var certificate: CertificateRecord
    public var state: RenewalState
    /// Newest first; at most `versionsRead`.
    public var versions: [VersionRecord]
    public var placement: PlacementRecord
    public var wish: PlacementWish
    /// Newest first; at most `publicationsRead`.
    public var publications: [PublicationRecord]
    /// All placements of the same certificate and profile, this one included.
    public var siblings: [PlacementRecord]

    public static let versionsRead = 16
    public static let publicationsRead = 32

    public init(
        certificate: CertificateRecord, state: RenewalState, versions: [VersionRecord], placement: PlacementRecord,
        wish: PlacementWish, publications: [PublicationRecord], siblings: [PlacementRecord]
    ) {
        self.certificate = certificate
        self.state = state
        self.versions = versions
        self.placement = placement
        self.wish = wish
        self.publications = publications
        self.siblings = siblings
    }
}

/// One certificate with its state, for lists and for planning anew.
public struct CertificateOverview: Sendable {
    public var certificate: CertificateRecord
    public var state: RenewalState
    public var placements: [PlacementRecord]

    public init(certificate: CertificateRecord, state: RenewalState, placements: [PlacementRecord]) {
        self.certificate = certificate
        self.state = state
        self.placements = placements
    }
}

/// What planning one renewal anew needs: narrow, so that a million of them are walked in seconds.
public struct PlanningRow: Sendable {
    public var certificate: Int64
    public var rules: FlowRules
    public var issuer: String
    public var seed: Int64
    /// The planner alone decides: neither paused, retired nor without a version, nothing is asked for by hand, no
    /// intent is open, and no early request of the CA was followed.
    public var isPlain: Bool
    public var current: Int
    public var life: Life?
    public var storedAt: Instant?
    public var issuedHere: Bool
    public var advice: RenewalSituation.CAWindow?
    /// When it is scheduled at present; nil also while it is claimed.
    public var dueAt: Instant?

    public init(
        certificate: Int64, rules: FlowRules, issuer: String, seed: Int64, isPlain: Bool, current: Int, life: Life?,
        storedAt: Instant?, issuedHere: Bool, advice: RenewalSituation.CAWindow?, dueAt: Instant?
    ) {
        self.certificate = certificate
        self.rules = rules
        self.issuer = issuer
        self.seed = seed
        self.isPlain = isPlain
        self.current = current
        self.life = life
        self.storedAt = storedAt
        self.issuedHere = issuedHere
        self.advice = advice
        self.dueAt = dueAt
    }

    /// What the planner asks for; nil where this row is not plain.
    public var situation: RenewalSituation? {
        guard isPlain, let life, let storedAt else { return nil }
        return RenewalSituation(
            life: life, storedAt: storedAt, issuedHere: issuedHere, advice: advice,
            spread: Spread(seed: seed, version: Int64(current)))
    }
}

/// How much of everything there is.
public struct LedgerCounts: Sendable, Hashable, Codable {
    public var certificates = 0
    public var versions = 0
    public var placements = 0
    public var events = 0
    public var due = 0
    public var leases = 0
    public init() {}
}

/// The reading side of the ledger: each call sees one moment.
public protocol LedgerReading: Sendable {
    func certificate(named name: String) async throws -> CertificateRecord?
    func certificate(_ id: Int64) async throws -> CertificateRecord?
    /// In the order of their names, after `name`.
    func certificates(after name: String?, limit: Int) async throws -> [CertificateRecord]
    /// The issuing profiles that certificates in service name, as their issuer or its fallback.
    func issuersInUse() async throws -> Set<String>
    /// In the order of their ids, after `id`: for walking through all of them.
    func overviews(after id: Int64, limit: Int) async throws -> [CertificateOverview]
    func overview(_ id: Int64) async throws -> CertificateOverview?
    func overview(named name: String) async throws -> CertificateOverview?
    /// In the order of their ids, after `id`.
    func planningRows(after id: Int64, limit: Int) async throws -> [PlanningRow]

    func renewalContext(_ certificate: Int64) async throws -> RenewalContext?
    func publicationContext(_ placement: Int64) async throws -> PublicationContext?

    /// Newest first.
    func versions(of certificate: Int64, limit: Int) async throws -> [VersionRecord]
    func version(of certificate: Int64, number: Int) async throws -> VersionRecord?
    func version(withFingerprint fingerprint: Data) async throws -> VersionRecord?
    func material(of certificate: Int64, number: Int) async throws -> VersionMaterial?
    /// Versions that ended before `end` and still have a key, in the order of their ends.
    /// - Parameter last: only those behind it.
    func versionsWithKeys(endedBefore end: Instant, after last: VersionRecord?, limit: Int) async throws
        -> [VersionRecord]

    func placements(of certificate: Int64) async throws -> [PlacementRecord]
    func placements(profile: String) async throws -> [PlacementRecord]
    func placement(_ id: Int64) async throws -> PlacementRecord?
    func wish(of placement: Int64) async throws -> PlacementWish
    /// Newest first.
    func publications(of placement: Int64, limit: Int) async throws -> [PublicationRecord]

    /// Newest first; of one certificate, of one piece of work, or of all.
    func attempts(of certificate: Int64?, work: WorkKey?, limit: Int) async throws -> [AttemptRecord]
    /// When the attempt that is kept longest ended; nil where there is none.
    func oldestAttempt() async throws -> Instant?
    /// How many attempts are recorded for that work: tells a new one from an old.
    func attemptCount(of work: WorkKey) async throws -> Int
    /// Ascending, after `sequence`; of one certificate, or of all.
    func events(after sequence: Int64, certificate: String?, limit: Int) async throws -> [Event]
    /// Newest first.
    func latestEvents(certificate: String?, limit: Int) async throws -> [Event]
    /// What names the newest event; nil before the first.
    func auditHead() async throws -> AuditHead?

    func secrets() async throws -> [SecretRecord]
    func secret(named name: String) async throws -> SecretRecord?
    func pluginState(scope: String, key: String) async throws -> PluginStateRecord?
    func notice(_ id: Int64) async throws -> NoticeRecord?
    func meta(_ key: String) async throws -> String?
    func document(_ kind: DocumentRecord.Kind, _ key: String) async throws -> DocumentRecord?
    /// In the order of their keys; of one owner, or all.
    func documents(_ kind: DocumentRecord.Kind, owner: String?) async throws -> [DocumentRecord]

    func due(_ work: WorkKey) async throws -> DueRecord?
    /// Ascending by time.
    func due(before limit: Instant, count: Int) async throws -> [DueRecord]
    func lease(_ work: WorkKey) async throws -> Claim?
    func leases() async throws -> [Claim]
    /// When the next work is due; nil where nothing is.
    func nextDue() async throws -> Instant?
    /// When the next work becomes due after that moment; nil where nothing does.
    func nextDue(after instant: Instant) async throws -> Instant?
    /// Which placement owns a place on a target; nil where none does.
    func owner(ofPlace place: String) async throws -> PlacementRecord?
    func counts() async throws -> LedgerCounts
}

extension LedgerReading {
    public func overview(named name: String) async throws -> CertificateOverview? {
        guard let certificate = try await certificate(named: name) else { return nil }
        return try await overview(certificate.id)
    }
}
