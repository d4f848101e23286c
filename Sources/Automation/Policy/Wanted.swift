/// What one target should hold: decided anew from what is known whenever anything changes, never stored.
public enum Wanted: Sendable, Hashable {
    case version(Int)
    case nothing(Reason)

    public enum Reason: String, Sendable, Hashable, Codable {
        /// There is no version yet.
        case noVersion
        /// "renewed, not published: switched off"
        case publicationOff
        /// A person holds the target at what it has.
        case held
        case revoked
        /// The flow or the profile no longer names the target.
        case unmanaged
        /// The certificate was taken out of service.
        case retired
    }

    /// One version as far as this decision needs it.
    public struct Candidate: Sendable, Hashable {
        public var number: Int
        public var notBefore: Instant
        public var isRevoked: Bool

        public init(number: Int, notBefore: Instant, isRevoked: Bool) {
            self.number = number
            self.notBefore = notBefore
            self.isRevoked = isRevoked
        }
    }

    /// - Parameters:
    ///   - versions: newest first.
    ///   - held: the number of the version that the target holds; it never goes back by itself.
    public static func decide(
        versions: [Candidate], held: Int?, publicationEnabled: Bool, isHeldByHand: Bool, isManaged: Bool,
        isRetired: Bool, now: Instant
    ) -> Wanted {
        if isRetired { return .nothing(.retired) }
        if !isManaged { return .nothing(.unmanaged) }
        if !publicationEnabled { return .nothing(.publicationOff) }
        if isHeldByHand { return .nothing(.held) }
        guard let newest = versions.first else { return .nothing(.noVersion) }
        guard let usable = versions.first(where: { !$0.isRevoked }) else { return .nothing(.revoked) }
        if let held, usable.number < held { return newest.isRevoked ? .nothing(.revoked) : .version(held) }
        // A newest that starts only later waits for its day; a target that lacks the one before gets that meanwhile.
        let begun = versions.first { !$0.isRevoked && $0.notBefore <= now }
        if let begun, begun.number > held ?? 0 { return .version(begun.number) }
        return .version(usable.number)
    }
}
