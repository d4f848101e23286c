import Foundation

extension HostileAuthority {
    /// What the authority offers while it behaves.
    public struct Settings: Sendable {
        public var clock: @Sendable () -> Date = { Date() }
        /// How long certificates are valid.
        public var lifetime = Duration.seconds(90 * 86_400)
        /// It gives advice about renewal (RFC 9773).
        public var offersRenewalInfo = true
        /// Further chains, each to a root of its own: "Hostile alternate root 1" and so on.
        public var alternates = 0
        /// Profiles by name, with what they are.
        public var profiles: [String: String] = [:]
        /// Keys by their identifier, base64url: where there are any, accounts have to be bound to one of them.
        public var externalAccounts: [String: String] = [:]
        /// Where it looks for answers of http-01 on 127.0.0.1; nil: every challenge passes without a look.
        public var httpPort: Int?
        /// An authorization that is valid serves further orders.
        public var reusesAuthorizations = false
        public var misbehaviours: [Misbehaviour]

        public init(_ misbehaviours: [Misbehaviour] = []) { self.misbehaviours = misbehaviours }

        /// Changes some of them.
        public static func with(_ change: (inout Settings) -> Void) -> Settings {
            var settings = Settings()
            change(&settings)
            return settings
        }
    }

    /// A request that came in.
    public struct Asked: Sendable {
        public let kind: RequestKind
        public let method: String
        public let path: String
        public let userAgent: String?
        /// The payload of its JWS, where it has one.
        public let payload: String?
        /// What it was answered with.
        public internal(set) var status: Int
        /// When it came, by the authority's clock.
        public let time: Date
    }
}
