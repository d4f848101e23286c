/// A shorter life that a CA has announced for what it issues from some moment on.
public struct AnnouncedLife: Sendable, Hashable {
    public var from: Instant
    public var length: Span

    public init(from: Instant, length: Span) {
        self.from = from
        self.length = length
    }
}
