import Automation

/// What `certflow.yaml` of a home says.
public struct HomeConfiguration: Sendable, Equatable {
    /// Who is told when something needs a person.
    public struct Alerts: Sendable, Equatable {
        /// The program and its arguments; the notice comes on its input.
        public var command: [String]
        public var timeout: Span

        public init(command: [String], timeout: Span = .seconds(30)) {
            self.command = command
            self.timeout = timeout
        }
    }

    /// How much is done at a time.
    public struct Limits: Sendable, Equatable {
        /// Renewals and publications together. A target is always worked on by one at a time.
        public var concurrent: Int
        /// Nil: as many as the issuer says it can take.
        public var perIssuer: Int?

        public init(concurrent: Int = 64, perIssuer: Int? = nil) {
            self.concurrent = concurrent
            self.perIssuer = perIssuer
        }
    }

    /// Nil: alerts are shown and recorded only.
    public var alerts: Alerts?
    public var limits: Limits
    /// How long the private key of a version that no target holds is kept after its end.
    public var keysAfterExpiry: Span
    public var keepAttempts: Span
    /// How often what is served is looked at.
    public var proofEvery: Span
    public var defaults: FlowDefaults

    public init(
        alerts: Alerts? = nil, limits: Limits = Limits(), keysAfterExpiry: Span = .days(30),
        keepAttempts: Span = .days(400), proofEvery: Span = .hours(24), defaults: FlowDefaults = FlowDefaults()
    ) {
        self.alerts = alerts
        self.limits = limits
        self.keysAfterExpiry = keysAfterExpiry
        self.keepAttempts = keepAttempts
        self.proofEvery = proofEvery
        self.defaults = defaults
    }
}
