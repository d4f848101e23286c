import Foundation

/// A text to look for among bytes, without regard to capital letters.
struct Needle: Sendable {
    /// From the commonest in names of hosts to the rarest: a rare byte is looked for first.
    private static let common = Array(".eaotinrslcmdpuhgbwy-fvk0123xjzq/456789_:".utf8)

    private let bytes: [UInt8]
    /// The place of its rarest byte.
    private let anchor: Int

    /// Nil where there is nothing to look for.
    init?(_ text: String) {
        bytes = Array(text.lowercased().utf8)
        guard !bytes.isEmpty else { return nil }
        let rarity = bytes.map { Self.common.firstIndex(of: $0) ?? Self.common.count }
        anchor = rarity.indices.max { rarity[$0] < rarity[$1] } ?? 0
    }

    /// Where it stands first in that part of `text`; nil where it does not.
    func first(in text: UnsafeRawBufferPointer, from start: Int, to end: Int) -> Int? {
        let end = min(end, text.count)
        guard let base = text.baseAddress, start >= 0, end - start >= bytes.count else { return nil }
        let last = end - bytes.count
        var at = start
        return bytes.withUnsafeBytes { needle in
            guard let needleBase = needle.baseAddress else { return nil }
            while at <= last {
                // The anchor can stand no later than in a match that ends with the text.
                guard
                    let found = memchr(base + at + anchor, Int32(needle[anchor]), last - at + 1)
                else { return nil }
                at = base.distance(to: UnsafeRawPointer(found)) - anchor
                if memcmp(base + at, needleBase, needle.count) == 0 { return at }
                at += 1
            }
            return nil
        }
    }

    func isIn(_ text: String) -> Bool {
        Array(text.lowercased().utf8).withUnsafeBytes { first(in: $0, from: 0, to: $0.count) != nil }
    }
}
