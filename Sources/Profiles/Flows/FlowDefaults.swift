import Automation

/// What a flow gets where its file does not say; set by `defaults` of `certflow.yaml`.
public struct FlowDefaults: Sendable, Equatable {
    public var zone: Zone
    /// The issuing profile; nil where each certificate has to name one.
    public var issuer: String?
    public var lastResort: LastResort

    public init(zone: Zone = .utc, issuer: String? = nil, lastResort: LastResort = .ask) {
        self.zone = zone
        self.issuer = issuer
        self.lastResort = lastResort
    }
}
