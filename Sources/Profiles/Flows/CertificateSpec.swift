import Automation
import PluginKit

/// A certificate with its flow, as `flows.yaml` describes it: what `apply` makes so.
public struct CertificateSpec: Sendable, Equatable {
    public var name: String
    /// At least one, each once; the first names it in templates.
    public var subjects: [Subject]
    /// The issuing profile.
    public var issuer: String
    public var fallback: Fallback?
    public var key: KeyPolicy
    public var labels: [String: String]
    public var owner: String
    public var note: String
    public var flow: Flow
    /// Where its name stands; nil where it was not read from a file.
    public var position: SourcePosition?

    public init(
        name: String, subjects: [Subject], issuer: String, fallback: Fallback? = nil, key: KeyPolicy = KeyPolicy(),
        labels: [String: String] = [:], owner: String = "", note: String = "", flow: Flow = Flow(),
        position: SourcePosition? = nil
    ) {
        self.name = name
        self.subjects = subjects
        self.issuer = issuer
        self.fallback = fallback
        self.key = key
        self.labels = labels
        self.owner = owner
        self.note = note
        self.flow = flow
        self.position = position
    }
}
