import Automation
import Foundation

/// A secret of the operators, under seal. Its plain form never leaves the runner and the plug-in that asked.
public struct SecretRecord: Hashable, Sendable {
    public var name: String
    public var sealed: Data
    public var setAt: Instant
    public var setBy: String

    public init(name: String, sealed: Data, setAt: Instant, setBy: String) {
        self.name = name
        self.sealed = sealed
        self.setAt = setAt
        self.setBy = setBy
    }
}

/// One value of a plug-in's own small store, under seal.
public struct PluginStateRecord: Hashable, Sendable {
    /// The profile it is scoped to: "issuing/local-authority".
    public var scope: String
    public var key: String
    public var sealed: Data
    /// SHA-256 of the plain value, keyed per home: for compare-and-set.
    public var digest: Data

    public init(scope: String, key: String, sealed: Data, digest: Data) {
        self.scope = scope
        self.key = key
        self.sealed = sealed
        self.digest = digest
    }
}
