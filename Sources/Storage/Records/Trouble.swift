import Automation
import PluginKit

/// What went wrong last, how often in a row, and what has been said about it.
public struct Trouble: Hashable, Sendable, Codable {
    public var failures: Int
    public var since: Instant
    public var lastAt: Instant
    /// Not before this by the schedule.
    public var retryAt: Instant?
    public var kind: FailureClass
    public var code: String
    public var message: String
    public var remedy: String
    /// The step that failed, and what it printed.
    public var step: String?
    public var output: String?
    /// The most urgent level that people were told.
    public var told: AlertPolicy.Level
    /// Nothing is tried again until a person did something.
    public var needsAttention: Bool
    /// How often a reload or a proof failed, which users felt.
    public var felt: Int
    /// The version that it is about, where it is about one.
    public var version: Int?
    /// What it rested on (profile, flow, secrets): where that has changed, the trouble says nothing any more.
    public var basis: String
    /// Whose turn it is, where the certificate has a fallback issuer.
    public var turns: IssuerTurns?

    public init(
        failures: Int, since: Instant, lastAt: Instant, retryAt: Instant?, kind: FailureClass, code: String,
        message: String, remedy: String, step: String? = nil, output: String? = nil,
        told: AlertPolicy.Level = .none, needsAttention: Bool = false, felt: Int = 0,
        version: Int? = nil, basis: String = "", turns: IssuerTurns? = nil
    ) {
        self.failures = failures
        self.since = since
        self.lastAt = lastAt
        self.retryAt = retryAt
        self.kind = kind
        self.code = code
        self.message = message
        self.remedy = remedy
        self.step = step
        self.output = output
        self.told = told
        self.needsAttention = needsAttention
        self.felt = felt
        self.version = version
        self.basis = basis
        self.turns = turns
    }
}
