import Automation
import PluginKit

/// One try of a stage, with its outcome: for the history.
public struct AttemptRecord: Hashable, Sendable, Codable {
    public enum Outcome: String, Sendable, Codable {
        case succeeded, failed
        /// It ended without a word: a crash, or a lost lease.
        case interrupted
    }

    public var work: WorkKey
    public var certificate: Int64
    /// "profile/target"; nil for renewals.
    public var target: String?
    public var version: Int?
    /// Which request of a person it served (`PlacementWish.asked`, `CertificateRecord.renewalsAsked`); nil where it was
    /// the schedule's.
    public var serves: Int?
    public var startedAt: Instant
    public var endedAt: Instant
    public var outcome: Outcome
    public var kind: FailureClass?
    public var code: String?
    public var message: String?
    public var remedy: String?
    public var step: String?
    public var output: String?
    /// Progress notes of the plug-in.
    public var notes: [String]

    public init(
        work: WorkKey, certificate: Int64, target: String? = nil, version: Int? = nil, serves: Int? = nil,
        startedAt: Instant, endedAt: Instant, outcome: Outcome, kind: FailureClass? = nil, code: String? = nil,
        message: String? = nil,
        remedy: String? = nil, step: String? = nil, output: String? = nil, notes: [String] = []
    ) {
        self.work = work
        self.certificate = certificate
        self.target = target
        self.version = version
        self.serves = serves
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.outcome = outcome
        self.kind = kind
        self.code = code
        self.message = message
        self.remedy = remedy
        self.step = step
        self.output = output
        self.notes = notes
    }
}
