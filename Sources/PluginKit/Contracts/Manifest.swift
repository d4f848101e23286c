/// What a backend can do beyond the verbs that every one of its kind has.
public enum Capability: String, Codable, Sendable, CaseIterable {
    case check, inspect, rollback, sweep
    /// Removes all that it published, on request.
    case withdraw
    /// Runs test and reload commands on its targets.
    case commands
    /// Replaces what is there in one step.
    case atomicSwitch
    /// Finds what it issued for a request whose outcome is unknown.
    case lookup
    /// Says when a certificate should be replaced (RFC 9773).
    case advice
    case revoke
    /// Does a whole issuance against a staging service, whose certificates nobody trusts.
    case rehearse
}

public enum PluginKind: String, Codable, Sendable { case publisher, issuer, challenge, notifier }

/// What a backend declares about itself, in process or out.
public struct Manifest: Codable, Sendable {
    /// The word that a profile uses: "filesystem".
    public var name: String
    public var kind: PluginKind
    public var version: String
    /// One sentence for lists and the reference page.
    public var summary: String
    public var capabilities: Set<Capability>
    /// The artifacts it may be handed; a private one here is the declaration of key access.
    public var contents: Set<Artifact.Content>
    public var options: OptionSchema
    /// Calls at a time per target.
    public var concurrency: Int

    public init(
        name: String, kind: PluginKind, version: String, summary: String, capabilities: Set<Capability>,
        contents: Set<Artifact.Content> = [], options: OptionSchema, concurrency: Int = 1
    ) {
        self.name = name
        self.kind = kind
        self.version = version
        self.summary = summary
        self.capabilities = capabilities
        self.contents = contents
        self.options = options
        self.concurrency = concurrency
    }
}
