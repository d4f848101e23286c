/// Where in a span a run lies: a stable number per (certificate, version), so that many certificates do not start at
/// once and each starts at the same moment however often it is planned.
public struct Spread: Hashable, Sendable {
    /// 0..<2^32: the share of the span.
    public let share: UInt32

    /// For tests that want the bounds themselves.
    public init(share: UInt32) { self.share = share }

    /// - Parameters:
    ///   - seed: the certificate's, fixed when it is created.
    ///   - version: the number of the version that is to be replaced.
    public init(seed: Int64, version: Int64) {
        // splitmix64's mixing (Steele, Lea, Flood 2014): neighbours end up far apart.
        var mixed = UInt64(bitPattern: seed) &+ UInt64(bitPattern: version) &* 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        share = UInt32(truncatingIfNeeded: (mixed ^ (mixed >> 31)) >> 32)
    }

    /// A moment of `span`, both ends included.
    public func offset(in span: Span) -> Span {
        guard span > .zero else { return .zero }
        let (high, low) = UInt64(span.seconds + 1).multipliedFullWidth(by: UInt64(share))
        return Span(seconds: Int64((high << 32) | (low >> 32)))
    }
}
