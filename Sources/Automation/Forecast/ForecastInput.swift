/// What a forecast starts from: one certificate, its flow and its targets as they are.
public struct ForecastInput: Sendable {
    public struct Target: Sendable, Hashable {
        /// "profile/target"
        public var name: String
        public var held: PublicationSituation.Held?
        public var heldNumber: Int?
        /// The version that waits for this target; nil where it holds what it should.
        public var waiting: Waiting?

        public init(
            name: String, held: PublicationSituation.Held?, heldNumber: Int? = nil, waiting: Waiting? = nil
        ) {
            self.name = name
            self.held = held
            self.heldNumber = heldNumber
            self.waiting = waiting
        }
    }

    public struct Waiting: Sendable, Hashable {
        public var number: Int
        public var life: Life
        public var wantedSince: Instant
        public var inheritedDue: Instant?
        public var followsLateRenewal: Bool
        public var notSooner: Instant?
        public var answer: LastResort?
        /// Due when wanted, whatever the rule says, for this cause.
        public var atOnce: Cause?

        public init(
            number: Int, life: Life, wantedSince: Instant, inheritedDue: Instant? = nil,
            followsLateRenewal: Bool = false, notSooner: Instant? = nil, answer: LastResort? = nil,
            atOnce: Cause? = nil
        ) {
            self.number = number
            self.life = life
            self.wantedSince = wantedSince
            self.inheritedDue = inheritedDue
            self.followsLateRenewal = followsLateRenewal
            self.notSooner = notSooner
            self.answer = answer
            self.atOnce = atOnce
        }
    }

    public var certificate: String
    public var rules: FlowRules
    /// Nil before the first version.
    public var current: RenewalSituation?
    public var currentNumber: Int
    public var targets: [Target]
    /// The life of versions to come.
    public var newLife: Span
    /// Ascending by their starts.
    public var announcedLives: [AnnouncedLife]
    /// No new version can end later than this.
    public var issuerEnd: Instant?
    /// Spreads the runs of this certificate.
    public var spread: @Sendable (_ version: Int) -> Spread
    /// A paused flow starts nothing.
    public var isPaused: Bool

    public init(
        certificate: String, rules: FlowRules, current: RenewalSituation?, currentNumber: Int, targets: [Target],
        newLife: Span, announcedLives: [AnnouncedLife] = [], issuerEnd: Instant? = nil, isPaused: Bool = false,
        spread: @escaping @Sendable (_ version: Int) -> Spread
    ) {
        self.certificate = certificate
        self.rules = rules
        self.current = current
        self.currentNumber = currentNumber
        self.targets = targets
        self.newLife = newLife
        self.announcedLives = announcedLives.sorted { $0.from < $1.from }
        self.issuerEnd = issuerEnd
        self.isPaused = isPaused
        self.spread = spread
    }

    /// The life of a version that is issued then: an announcement only shortens.
    func life(issuedAt moment: Instant) -> Span {
        min(newLife, announcedLives.last { $0.from <= moment }?.length ?? newLife)
    }
}

/// One stage that will run, as the forecast sees it.
public struct ForecastRun: Sendable, Hashable {
    public enum Stage: String, Sendable, Codable { case renewal, publication }
    public var stage: Stage
    /// "profile/target"; nil for a renewal.
    public var target: String?
    /// The version that comes of it, or is published.
    public var version: Int
    public var run: PlannedRun
}
