import Automation
import Foundation

/// A stop that a person ordered: nothing starts, what runs is finished, alarms stay.
public struct Pause: Hashable, Sendable, Codable {
    public var by: String
    public var reason: String
    public var since: Instant
    public var until: Instant?

    public init(by: String, reason: String, since: Instant, until: Instant?) {
        self.by = by
        self.reason = reason
        self.since = since
        self.until = until
    }

    public func holds(at now: Instant) -> Bool { until.map { now < $0 } ?? true }
}

/// A managed identity with its flow: what people decide. The runner never writes it; what it finds out stands in
/// `RenewalState`.
public struct CertificateRecord: Hashable, Sendable {
    public var id: Int64
    public var name: String
    public var subjects: [Subject]
    public var key: KeyPolicy
    /// The issuing profile.
    public var issuer: String
    /// Who takes over where that one fails for long.
    public var fallback: Fallback?
    public var labels: [String: String]
    public var owner: String
    public var note: String
    public var flow: Flow
    /// Spreads its renewals; fixed when it is created.
    public var seed: Int64
    public var createdAt: Instant
    /// When publication was last switched on or its profiles changed.
    public var publicationSince: Instant
    public var pause: Pause?
    /// Taken out of service: kept for the record.
    public var isRetired: Bool
    /// Grows with each renewal that a person asked for.
    public var renewalsAsked: Int
    /// Grows with each change of what the next version must be, where it is due at once (subjects, or on request).
    public var reissuesAsked: Int
    public var reissueAskedAt: Instant?
    /// Grows with every change, so that two people cannot overwrite each other.
    public var revision: Int64

    public init(
        id: Int64, name: String, subjects: [Subject], key: KeyPolicy = KeyPolicy(), issuer: String,
        fallback: Fallback? = nil, labels: [String: String] = [:], owner: String = "", note: String = "",
        flow: Flow = Flow(), seed: Int64, createdAt: Instant, revision: Int64 = 0
    ) {
        self.id = id
        self.name = name
        self.subjects = subjects
        self.key = key
        self.issuer = issuer
        self.fallback = fallback
        self.labels = labels
        self.owner = owner
        self.note = note
        self.flow = flow
        self.seed = seed
        self.createdAt = createdAt
        publicationSince = createdAt
        isRetired = false
        renewalsAsked = 0
        reissuesAsked = 0
        self.revision = revision
    }

    /// Where the renewal of this version lies within its span.
    public func spread(version: Int) -> Spread { Spread(seed: seed, version: Int64(version)) }
}
