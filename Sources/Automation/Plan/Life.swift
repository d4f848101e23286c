/// The validity of one version.
public struct Life: Hashable, Sendable, Codable {
    public var notBefore: Instant
    public var notAfter: Instant
    /// The earliest end in the chain that is served with it: at most `notAfter`.
    public var chainNotAfter: Instant

    public init(notBefore: Instant, notAfter: Instant, chainNotAfter: Instant? = nil) {
        self.notBefore = notBefore
        self.notAfter = max(notAfter, notBefore)
        self.chainNotAfter = min(chainNotAfter ?? notAfter, notAfter)
    }

    /// L: notAfter - notBefore.
    public var length: Span { notAfter - notBefore }

    /// How much of it can be served: until the first end in the chain.
    var served: Span { max(chainNotAfter - notBefore, .zero) }

    /// Below 10 days other fractions hold.
    var isShort: Bool { length < .days(10) }

    /// By when something newer must be in place, where a rule does not mean to be late.
    public var deadline: Instant { chainNotAfter - min(.hours(6), length / 20) }

    /// How much a stage leaves before a deadline, and a renewal before the publication that follows it.
    public var room: Span { min(.hours(1), length / 50) }

    public func isValid(at instant: Instant) -> Bool { notBefore <= instant && instant < chainNotAfter }

    /// 2/3 of the life, or half of a short one.
    public var automaticAnchor: Instant { notBefore + (isShort ? length / 2 : length * 2 / 3) }

    /// The start of the local day of notAfter, or 12 h before it where that is earlier; a tenth of a short life before.
    public func onExpirationAnchor(in zone: Zone) -> Instant {
        isShort ? notAfter - length / 10 : min(zone.startOfDay(holding: notAfter), notAfter - .hours(12))
    }
}
