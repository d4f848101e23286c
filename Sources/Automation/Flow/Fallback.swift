/// The issuer that takes over where the first has failed for long.
public struct Fallback: Codable, Sendable, Hashable {
    /// The issuing profile.
    public var issuer: String
    /// How long the first may fail before.
    public var after: Span

    public static let defaultAfter = Span.days(5)

    public init(issuer: String, after: Span = Self.defaultAfter) {
        self.issuer = issuer
        self.after = after
    }
}
