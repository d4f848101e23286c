/// Rendered text that knows which of its spans are secret.
public struct RenderedText: Sendable, Hashable {
    public private(set) var text = ""
    private var secretSpans: [Range<Int>] = []  // in UTF-8 offsets, ascending

    public init() {}

    public init(_ text: String) { self.text = text }

    public mutating func append(_ addition: String, secret: Bool) {
        let start = text.utf8.count
        text += addition
        if secret, !addition.isEmpty { secretSpans.append(start..<text.utf8.count) }
    }

    public var holdsSecret: Bool { !secretSpans.isEmpty }

    /// The text as it may be shown: each secret span as `(secret)`.
    public var masked: String {
        var shown = ""
        var position = 0
        let bytes = Array(text.utf8)
        for span in secretSpans {
            shown += String(decoding: bytes[position..<span.lowerBound], as: UTF8.self) + "(secret)"
            position = span.upperBound
        }
        return shown + String(decoding: bytes[position...], as: UTF8.self)
    }
}
