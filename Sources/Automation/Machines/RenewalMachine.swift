/// What the renewal stage of one certificate is made of, as the ledger holds it.
public struct RenewalRecord: Sendable, Hashable {
    /// A renewal that was begun: intent and key are stored, perhaps an order as well.
    public struct Intent: Sendable, Hashable {
        public enum Phase: Int, Sendable, Hashable, Codable, Comparable {
            /// Intent and sealed key are stored, nothing was asked yet.
            case opened
            /// The issuer was asked; its handle is stored.
            case ordered
            /// The issuer was told to issue: from here on a result is stored whatever changed.
            case finalizing

            public static func < (left: Phase, right: Phase) -> Bool { left.rawValue < right.rawValue }
        }

        public var phase: Phase
        /// What it asks for is still what the certificate should be.
        public var matchesRequest: Bool
        /// The issuer said to come back no sooner.
        public var pendingUntil: Instant?

        public init(phase: Phase, matchesRequest: Bool, pendingUntil: Instant?) {
            self.phase = phase
            self.matchesRequest = matchesRequest
            self.pendingUntil = pendingUntil
        }
    }

    public var isRetired: Bool
    public var isPaused: Bool
    /// A person has to look first: three starts without an end, or an issuer that cannot bring a later end.
    public var needsAttention: Bool
    /// What the planner says; nil where renewal is off or its window never opens.
    public var run: PlannedRun?
    public var retryAt: Instant?
    public var intent: Intent?
    /// A publication of this certificate is due in the same period and goes first.
    public var publicationGoesFirst: Bool

    public init(
        isRetired: Bool, isPaused: Bool, needsAttention: Bool, run: PlannedRun?, retryAt: Instant?, intent: Intent?,
        publicationGoesFirst: Bool
    ) {
        self.isRetired = isRetired
        self.isPaused = isPaused
        self.needsAttention = needsAttention
        self.run = run
        self.retryAt = retryAt
        self.intent = intent
        self.publicationGoesFirst = publicationGoesFirst
    }
}

/// What the renewal driver does next.
public enum RenewalAction: Sendable, Hashable {
    /// Nothing now. `until` is when to look again; nil where nothing is planned.
    case rest(until: Instant?)
    /// Let a publication of the same certificate go first.
    case yield
    /// What the open intent asks for is no longer wanted.
    case abandonIntent
    /// Store intent and sealed key, in one commit.
    case openIntent
    /// Ask the issuer.
    case begin
    /// Go on where the stored handle says.
    case resume
}

/// The renewal stage: idle -> opened -> ordered -> finalizing -> stored. Takes what is stored, says what to do.
public enum RenewalMachine {
    public static func next(_ record: RenewalRecord, now: Instant) -> RenewalAction {
        guard !record.isRetired else { return .rest(until: nil) }
        if let intent = record.intent { return goOn(intent, record, now) }
        guard !record.isPaused, !record.needsAttention, let run = record.run else { return .rest(until: nil) }
        guard run.at <= now else { return .rest(until: run.at) }
        return record.publicationGoesFirst ? .yield : .openIntent
    }

    private static func goOn(_ intent: RenewalRecord.Intent, _ record: RenewalRecord, _ now: Instant) -> RenewalAction {
        if !intent.matchesRequest, intent.phase < .finalizing { return .abandonIntent }
        if let pendingUntil = intent.pendingUntil, pendingUntil > now { return .rest(until: pendingUntil) }
        guard !record.needsAttention else { return .rest(until: nil) }
        // A failed try waits for its hour, and for the window; what was only interrupted is finished.
        if let retryAt = record.retryAt {
            guard !record.isPaused else { return .rest(until: nil) }
            let at = max(retryAt, record.run?.at ?? retryAt)
            guard at <= now else { return .rest(until: at) }
        }
        return intent.phase == .opened ? .begin : .resume
    }
}
