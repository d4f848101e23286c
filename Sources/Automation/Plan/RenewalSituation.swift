/// What is known about the current version of a certificate when its renewal is planned.
public struct RenewalSituation: Hashable, Sendable {
    /// The CA's advice for this version (RFC 9773).
    public struct CAWindow: Hashable, Sendable {
        public var start: Instant
        public var end: Instant
        /// The start of the first window seen for this version.
        public var firstStart: Instant
        /// When the present window was learnt.
        public var learnt: Instant

        public init(start: Instant, end: Instant, firstStart: Instant, learnt: Instant) {
            self.start = start
            self.end = end
            self.firstStart = firstStart
            self.learnt = learnt
        }

        /// An end that is not after its start is no answer (RFC 9773, 4.2).
        var isUsable: Bool { end > start }
    }

    public var life: Life
    public var storedAt: Instant
    /// Issued by us, not imported: the guard against issue loops applies.
    public var issuedHere: Bool
    public var advice: CAWindow?
    /// False once an early request has used up what it may break (once per version, once a day per certificate).
    public var earlyAllowed: Bool
    /// When we learnt that it was revoked.
    public var revokedAt: Instant?
    /// When its subjects were changed, or a new key policy or issuer was asked for now.
    public var reissueAskedAt: Instant?
    /// A failed try: not before this.
    public var retryAt: Instant?
    /// Where no target has held this version: when its first publication is planned.
    public var unheldPublication: Instant?
    public var spread: Spread

    public init(
        life: Life, storedAt: Instant, issuedHere: Bool = true, advice: CAWindow? = nil, earlyAllowed: Bool = true,
        revokedAt: Instant? = nil, reissueAskedAt: Instant? = nil, retryAt: Instant? = nil,
        unheldPublication: Instant? = nil, spread: Spread
    ) {
        self.life = life
        self.storedAt = storedAt
        self.issuedHere = issuedHere
        self.advice = advice
        self.earlyAllowed = earlyAllowed
        self.revokedAt = revokedAt
        self.reissueAskedAt = reissueAskedAt
        self.retryAt = retryAt
        self.unheldPublication = unheldPublication
        self.spread = spread
    }

    /// Whether the CA wants it replaced before its time: its window ends before a third of the life, or before the
    /// start of the first window seen.
    public var isAdvisedEarly: Bool {
        guard let advice, advice.isUsable else { return false }
        return advice.end < life.notBefore + life.length / 3 || advice.end < advice.firstStart
    }
}
