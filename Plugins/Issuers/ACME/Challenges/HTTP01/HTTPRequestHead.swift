import NIOCore

/// The little of an HTTP/1 request that http-01 needs (RFC 9112, 3).
enum HTTPRequestHead: Equatable {
    case incomplete
    /// Larger than is read.
    case tooLarge
    case malformed
    case request(method: String, target: String)

    /// In bytes, with the fields.
    static let limit = 8192

    /// Judges what has come so far.
    init(_ bytes: ByteBufferView) {
        let end = [UInt8](arrayLiteral: 13, 10, 13, 10)
        let head = bytes.prefix(Self.limit)
        guard let found = Self.first(end, in: head) else {
            self = bytes.count >= Self.limit ? .tooLarge : .incomplete
            return
        }
        let line = head[..<found].prefix { $0 != 13 && $0 != 10 }
        let words = line.split(separator: 32, omittingEmptySubsequences: false)
        guard words.count == 3, words[2].starts(with: "HTTP/1.".utf8),
            words.allSatisfy({ $0.allSatisfy { (33...126).contains($0) } })
        else {
            self = .malformed
            return
        }
        self = .request(
            method: String(decoding: words[0], as: UTF8.self), target: String(decoding: words[1], as: UTF8.self))
    }

    private static func first(_ needle: [UInt8], in bytes: ByteBufferView.SubSequence) -> Int? {
        var start = bytes.startIndex
        while let candidate = bytes[start...].firstIndex(of: 13) {
            if bytes[candidate...].starts(with: needle) { return candidate }
            start = bytes.index(after: candidate)
        }
        return nil
    }
}
