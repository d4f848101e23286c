/// When a certificate is renewed ("Renew in").
public enum RenewIn: Hashable, Sendable {
    case automatic
    /// 1 to 365 days of 24 hours.
    case beforeExpiration(days: Int)
    case onExpiration
    case afterExpiration(days: Int)
}

/// When a new version is published ("Publish on").
public enum PublishOn: String, Codable, Sendable, CaseIterable {
    case afterRenew = "after-renew"
    case onPreviousExpiry = "on-previous-expiry"
    case afterPreviousExpiry = "after-previous-expiry"
}

/// What a publication does when no chosen period is left before expiry.
public enum LastResort: String, Codable, Sendable, CaseIterable {
    case ask
    case publish
    case wait
}

/// What decides the times of one flow.
public struct FlowRules: Hashable, Sendable {
    public var renewalEnabled: Bool
    public var renewIn: RenewIn
    public var publicationEnabled: Bool
    public var publishOn: PublishOn
    public var lastResort: LastResort
    public var window: Window
    /// Where it differs from `window`.
    public var publicationWindow: Window?
    /// Whether a run may be moved to an earlier period so that a deadline is met.
    public var earlier: Bool

    /// The default of a new flow (DESIGN.md, section 2).
    public init(
        renewalEnabled: Bool = true, renewIn: RenewIn = .automatic, publicationEnabled: Bool = false,
        publishOn: PublishOn = .afterRenew, lastResort: LastResort = .ask, window: Window = .always,
        publicationWindow: Window? = nil, earlier: Bool = true
    ) {
        self.renewalEnabled = renewalEnabled
        self.renewIn = renewIn
        self.publicationEnabled = publicationEnabled
        self.publishOn = publishOn
        self.lastResort = lastResort
        self.window = window
        self.publicationWindow = publicationWindow
        self.earlier = earlier
    }

    /// The window of the publication stage.
    public var windowOfPublication: Window { publicationWindow ?? window }
}
