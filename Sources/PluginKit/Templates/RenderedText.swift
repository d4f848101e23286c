/// Rendered text that knows which of its spans are secret. It may hold bytes that are no text, where a body is made of
/// DER.
public struct RenderedText: Sendable, Hashable {
    public private(set) var bytes: [UInt8] = []
    private var secretSpans: [Range<Int>] = []  // ascending

    public init() {}

    public init(_ text: String) { bytes = Array(text.utf8) }

    /// Bytes that are no UTF-8 are replaced.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    public mutating func append(_ addition: String, secret: Bool) { append(Array(addition.utf8), secret: secret) }

    public mutating func append(_ addition: [UInt8], secret: Bool) {
        let start = bytes.count
        bytes += addition
        if secret, !addition.isEmpty { secretSpans.append(start..<bytes.count) }
    }

    public mutating func append(_ other: RenderedText) {
        let start = bytes.count
        bytes += other.bytes
        secretSpans += other.secretSpans.map { ($0.lowerBound + start)..<($0.upperBound + start) }
    }

    public var holdsSecret: Bool { !secretSpans.isEmpty }

    /// The secret spans, each as it stands here.
    public var secrets: [[UInt8]] { secretSpans.map { Array(bytes[$0]) } }

    /// The text as it may be shown: each secret span as `(secret)`.
    public var masked: String { String(decoding: maskedBytes, as: UTF8.self) }

    /// The same before it is taken for text.
    public var maskedBytes: [UInt8] {
        var shown: [UInt8] = []
        var position = 0
        for span in secretSpans {
            shown += bytes[position..<span.lowerBound] + Array("(secret)".utf8)
            position = span.upperBound
        }
        return shown + bytes[position...]
    }

    /// The same spans, each changed for itself.
    public func mapped(_ change: ([UInt8]) -> [UInt8]) -> RenderedText {
        var changed = RenderedText()
        var position = 0
        for span in secretSpans {
            changed.append(change(Array(bytes[position..<span.lowerBound])), secret: false)
            changed.append(change(Array(bytes[span])), secret: true)
            position = span.upperBound
        }
        changed.append(change(Array(bytes[position...])), secret: false)
        return changed
    }
}
