/// The one flow of a certificate: its rules, and where it publishes to.
public struct Flow: Hashable, Sendable {
    public var rules: FlowRules
    /// Names of publishing profiles.
    public var profiles: [String]

    public init(rules: FlowRules = FlowRules(), profiles: [String] = []) {
        self.rules = rules
        self.profiles = profiles
    }
}
