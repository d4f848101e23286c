/// What a forecast starts from: one certificate, its flow and its targets as they are.
public struct ForecastInput: Sendable {
    public struct Target: Sendable, Hashable {
        /// "profile/target"
        public var name: String
        public var held: PublicationSituation.Held?
        public var heldNumber: Int?
        /// The version that waits for this target; nil where it holds what it should.
        public var waiting: Waiting?
        /// Whether a version to come is published there: not where a person holds it until it is released.
        public var takesNew: Bool

        public init(
            name: String, held: PublicationSituation.Held?, heldNumber: Int? = nil, waiting: Waiting? = nil,
            takesNew: Bool = true
        ) {
            self.name = name
            self.held = held
            self.heldNumber = heldNumber
            self.waiting = waiting
            self.takesNew = takesNew
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
        /// A person asked for it: no rule and no window hold it up.
        public var isAskedByHand = false
        /// Nothing is tried until a person did something.
        public var needsAttention = false

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
    /// When the pause ends by itself; nil where it does not.
    public var resumesAt: Instant?
    /// The newest version that any target ever held.
    public var everHeld = 0
    /// Why no renewal is tried until a person did something; nil where nothing stands in its way.
    public var hindrance: Hindrance?
    /// A person asked for a renewal that was not served yet.
    public var isRenewalAsked = false
    /// The first version: since when it is wanted, and a failed try before which it is not tried again.
    public var firstSince: Instant?
    public var firstRetryAt: Instant?

    public enum Hindrance: Sendable, Hashable {
        /// It was taken out of service.
        case retired
        /// What went wrong, in words.
        case needsAttention(String)
        /// A renewal would bring no later end; in words.
        case noLaterEnd(String)
    }

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
    /// What it replaces: the current version, or what the target holds; nil where there is nothing.
    public var replaces: Life?
}
