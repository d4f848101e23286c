/// Why a stage is due.
public enum Cause: Hashable, Sendable, Codable {
    // renewals
    case firstVersion
    case automatic
    /// Automatic, at the moment chosen inside the window that the CA gave (RFC 9773).
    case advised
    /// The CA wants it replaced before its time.
    case advisedEarly
    case daysBefore(Int)
    /// More days than half of the life: as Automatic.
    case daysBeforeClamped(Int)
    case onExpiration
    case daysAfter(Int)
    case revoked
    case changedSubjects
    /// The current version lies unheld past its own deadline: its successor is made for the publication to come.
    case successorForPublication
    // publications
    case afterRenew
    case previousExpires
    case previousExpired
    /// At once: the target holds nothing, or something it must not hold any longer.
    case targetNeedsOne(Need)
    /// The profile, a secret or the flow changed what is rendered.
    case renderedAnew
    /// The target shows something else than what was published there.
    case drifted
    /// Back to an older version, by hand.
    case rolledBack
    // both
    case byHand
    case retry

    public enum Need: String, Hashable, Sendable, Codable { case nothing, expired, revoked, lacksName, advisedEarly }
}

/// What the window did to a due time.
public enum Move: String, Hashable, Sendable, Codable {
    case none
    /// To the next open period.
    case later
    /// To the last open period that leaves room before the deadline.
    case earlier
    /// Last resort: outside the window, for no open period is left before the deadline.
    case outside
    /// No open period is left before the deadline, and the flow waits for the next one.
    case waits
    /// As `waits`, until somebody answers.
    case asks
    /// What is overdue runs as soon as it may.
    case overdue
}

/// When a stage will run, and why.
public struct PlannedRun: Hashable, Sendable {
    public var due: Instant
    public var at: Instant
    /// The bounds of what the spread may choose.
    public var earliest: Instant
    public var latest: Instant
    public var cause: Cause
    public var move: Move
    /// Nil where the rule means to be late or nothing is to be replaced.
    public var deadline: Instant?

    public init(
        due: Instant, at: Instant, earliest: Instant? = nil, latest: Instant? = nil, cause: Cause, move: Move,
        deadline: Instant?
    ) {
        self.due = due
        self.at = at
        self.earliest = earliest ?? at
        self.latest = latest ?? at
        self.cause = cause
        self.move = move
        self.deadline = deadline
    }

    /// Whether it may start although the window is closed.
    public var ignoresWindow: Bool {
        if move == .outside { return true }
        return switch cause {
        case .firstVersion, .revoked, .byHand, .rolledBack, .successorForPublication: true
        default: false
        }
    }

    /// Whether it comes too late for its deadline.
    public var missesDeadline: Bool { deadline.map { at >= $0 } ?? false }
}
