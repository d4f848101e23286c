import Automation
import Storage

/// One certificate's standing in numbers: plain bytes, so that a hundred thousand of them fit into little memory and
/// are judged anew at any moment.
public struct StandingFigures: Hashable, Sendable {
    public struct Flags: OptionSet, Hashable, Sendable {
        public let rawValue: UInt16
        public init(rawValue: UInt16) { self.rawValue = rawValue }

        public static let renews = Flags(rawValue: 1)
        public static let publishes = Flags(rawValue: 1 << 1)
        /// The last renewal failed.
        public static let renewalFails = Flags(rawValue: 1 << 2)
        public static let renewalNeedsPerson = Flags(rawValue: 1 << 3)
        /// Some target failed, a managed one or not.
        public static let targetFails = Flags(rawValue: 1 << 4)
        public static let targetNeedsPerson = Flags(rawValue: 1 << 5)
        /// The current version was revoked, and no other is there yet.
        public static let revoked = Flags(rawValue: 1 << 6)
        public static let paused = Flags(rawValue: 1 << 7)
        public static let retired = Flags(rawValue: 1 << 8)
    }

    public var flags: Flags = []
    /// The current version; 0 before the first.
    public var version: Int32
    // Managed targets.
    public var targets: UInt16
    /// Those that hold the current version.
    public var published: UInt16
    /// Those that were seen to serve the current version.
    public var serving: UInt16
    /// Those that were seen to serve what they hold, which is older.
    public var servingOlder: UInt16
    public var different: UInt16
    public var unreachable: UInt16
    public var failed: UInt16
    /// Those of the failed that wait for a person.
    public var stuck: UInt16
    public var held: UInt16
    /// Those that hold something older and that nothing but the window keeps from starting.
    public var waitForWindow: UInt16
    /// The end of the current version and its chain; `distantFuture` before the first.
    public var end: Instant
    /// The first end of what targets hold; `distantFuture` where they hold nothing.
    public var firstEndServed: Instant
    /// The next renewal and publication that start by themselves; `distantFuture` where there is none.
    public var nextRenewal: Instant
    public var nextPublication: Instant

    init(_ standing: CertificateStanding) {
        let (certificate, state, now) = (standing.certificate, standing.state, standing.at)
        let managed = standing.managed
        func count(_ isMeant: (TargetStanding) -> Bool) -> UInt16 { UInt16(clamping: managed.count(where: isMeant)) }
        version = Int32(clamping: state.current)
        targets = UInt16(clamping: managed.count)
        published = count(\.holdsCurrent)
        serving = count { $0.outcome == .serving && $0.holdsCurrent }
        servingOlder = count { $0.outcome == .serving && !$0.holdsCurrent }
        different = count { $0.outcome == .different }
        unreachable = count { $0.outcome == .unreachable }
        failed = count { $0.placement.trouble != nil }
        stuck = count { $0.placement.trouble?.needsAttention == true }
        held = count { $0.hold != nil }
        waitForWindow = count { !$0.holdsCurrent && $0.waitsForWindow(at: now) }
        end = state.life?.chainNotAfter ?? .distantFuture
        firstEndServed = standing.firstEndServed ?? .distantFuture
        nextRenewal = standing.run?.at ?? .distantFuture
        nextPublication = standing.nextPublication?.run.at ?? .distantFuture

        func set(_ flag: Flags, _ holds: Bool) { if holds { flags.insert(flag) } }
        set(.renews, certificate.flow.rules.renewalEnabled)
        set(.publishes, certificate.flow.rules.publicationEnabled)
        set(.renewalFails, state.trouble != nil)
        set(.renewalNeedsPerson, state.trouble?.needsAttention == true)
        set(.targetFails, standing.targets.contains { $0.placement.trouble != nil })
        set(.targetNeedsPerson, standing.targets.contains { $0.placement.trouble?.needsAttention == true })
        set(.revoked, state.revokedAt != nil)
        set(.paused, standing.isPaused)
        set(.retired, certificate.isRetired)
    }

    public var next: Instant { min(nextRenewal, nextPublication) }

    public func hasExpired(at now: Instant) -> Bool { min(end, firstEndServed) <= now }

    /// The weightiest that can be said of it.
    public func verdict(at now: Instant) -> Verdict {
        if flags.contains(.retired) { return .retired }
        if hasExpired(at: now) { return .expired }
        if !flags.isDisjoint(with: [.renewalNeedsPerson, .targetNeedsPerson]) { return .needsAttention }
        if flags.contains(.revoked) { return .revoked }
        if !flags.isDisjoint(with: [.renewalFails, .targetFails]) { return .failing }
        if flags.contains(.paused) { return .paused }
        if version == 0 { return .noVersion }
        return published < targets ? .unpublished : .well
    }

    /// Whether nothing goes on by itself until a person did something, or it is too late already.
    public func needsPerson(at now: Instant) -> Bool {
        switch verdict(at: now) {
        case .expired, .needsAttention: true
        case .revoked: nextRenewal == .distantFuture
        default: false
        }
    }
}

/// The weightiest word on a certificate, worst first: what counts of certificates are made of.
public enum Verdict: String, Codable, Sendable, CaseIterable {
    case expired
    case needsAttention = "needing attention"
    case revoked
    case failing
    case unpublished = "not published yet"
    case noVersion = "without a version"
    case paused, retired, well
}
