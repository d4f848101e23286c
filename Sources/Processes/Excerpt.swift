import Foundation
import PluginKit

/// The beginning and the end of what a program said, in bounded memory.
struct Excerpt: Sendable {
    /// Kept free for the line that says what was cut.
    private static let lineRoom = 96

    private let limit: Int
    /// What is kept of each end: half of the limit, and as much more as a secret that is cut in two may be long.
    private let capacity: Int
    private var head: [UInt8] = []
    private var tail: [UInt8] = []
    /// All that came, in bytes.
    private var total = 0

    /// - Parameters:
    ///   - limit: the largest text, in bytes of UTF-8.
    ///   - overlap: the longest secret to look for, in bytes.
    init(limit: Int, overlap: Int) {
        self.limit = max(limit, 2 * Self.lineRoom)
        capacity = self.limit / 2 + overlap
    }

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        total += bytes.count
        let room = capacity - head.count
        head.append(contentsOf: bytes.prefix(room))
        tail.append(contentsOf: bytes.dropFirst(room))
        if tail.count > 2 * capacity { tail.removeFirst(tail.count - capacity) }
    }

    /// At most `limit` bytes of valid UTF-8, secrets replaced.
    func text(_ redaction: Redaction) -> String {
        let half = (limit - Self.lineRoom) / 2
        let isWhole = head.count + tail.count == total
        let front = isWhole ? head + tail : head
        let back = isWhole ? front : tail
        if isWhole, total <= limit {
            let text = Self.text(front, front.startIndex..<front.endIndex, redaction)
            if text.utf8.count <= limit { return text }
        }
        // Repaired bytes and replaced secrets may be longer than what they stand for: the texts are cut once more.
        let beginning = Self.text(front, 0..<min(half, front.count), redaction).utf8.prefix(half)
        let end = Self.text(back, max(0, back.count - half)..<back.count, redaction).utf8.suffix(half)
        let cut = total > 2 * half ? "\(total - 2 * half) of \(total) bytes are" : "the middle is"
        return String(decoding: beginning + Array("\n[\(cut) cut out here]\n".utf8) + end, as: UTF8.self)
    }

    /// The bytes in `range` as text. A secret that reaches into the range is replaced as a whole, a character that is
    /// not wholly inside is left out.
    private static func text(_ bytes: [UInt8], _ range: Range<Int>, _ redaction: Redaction) -> String {
        let lower = boundary(range.lowerBound, in: bytes, step: 1)
        let upper = max(lower, boundary(range.upperBound, in: bytes, step: -1))
        return String(decoding: redaction.masked(bytes, lower..<upper), as: UTF8.self)
    }

    /// The nearest place to `index` where no character of UTF-8 is cut in two: at most three bytes away.
    private static func boundary(_ index: Int, in bytes: [UInt8], step: Int) -> Int {
        var place = index
        for _ in 0..<3 where bytes.indices.contains(place) && place > 0 && bytes[place] & 0xC0 == 0x80 { place += step }
        return place
    }
}
