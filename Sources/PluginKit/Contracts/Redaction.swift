import Foundation

/// Finds known secrets in what a program said.
///
/// The second net only: a program should not say them at all. A secret is found as it stands, without white space
/// around it, and where it has several lines (a key in PEM form) also line by line; not where a program encodes it.
package struct Redaction: Sendable {
    /// A shorter line of a longer secret is nothing to hide, and would tear up the text.
    private static let shortestLine = 8

    private let needles: [Secret]
    /// The length of the longest text that is looked for, in bytes.
    package let reach: Int

    package init(_ secrets: [Secret]) {
        needles = secrets.flatMap(Self.forms)
        reach = needles.map(\.count).max() ?? 0
    }

    /// What somebody else cut and turned into text already.
    package func masked(_ said: String) -> String {
        let bytes = Array(said.utf8)
        return String(decoding: masked(bytes, bytes.startIndex..<bytes.endIndex), as: UTF8.self)
    }

    /// The bytes in `range`. A secret that reaches into the range is replaced as a whole.
    package func masked(_ bytes: [UInt8], _ range: Range<Int>) -> [UInt8] {
        let mask = mask(bytes)
        var shown: [UInt8] = []
        shown.reserveCapacity(range.count)
        for index in range {
            if !mask[index] {
                shown.append(bytes[index])
            } else if index == range.lowerBound || !mask[index - 1] {
                shown.append(contentsOf: "(secret)".utf8)
            }
        }
        return shown
    }

    /// Whether each of `bytes` belongs to a secret.
    private func mask(_ bytes: [UInt8]) -> [Bool] {
        var mask = [Bool](repeating: false, count: bytes.count)
        for needle in needles {
            needle.withBytes { needle in
                bytes.withUnsafeBytes { bytes in
                    var start = 0
                    while let found = Self.first(needle, in: bytes, from: start) {
                        for index in found..<(found + needle.count) { mask[index] = true }
                        start = found + 1  // secrets may overlap with themselves
                    }
                }
            }
        }
        return mask
    }

    private static func first(
        _ needle: UnsafeRawBufferPointer, in bytes: UnsafeRawBufferPointer, from start: Int
    ) -> Int? {
        guard let base = bytes.baseAddress, let sought = needle.baseAddress, let initial = needle.first else {
            return nil
        }
        var start = start
        while bytes.count - start >= needle.count {
            let places = bytes.count - start - needle.count + 1
            guard let candidate = memchr(base + start, Int32(initial), places) else { return nil }
            if memcmp(candidate, sought, needle.count) == 0 { return UnsafeRawPointer(candidate) - base }
            start = UnsafeRawPointer(candidate) - base + 1
        }
        return nil
    }

    private static func forms(_ secret: Secret) -> [Secret] {
        secret.withBytes { bytes in
            let whole = trimmed(bytes[...])
            guard !whole.isEmpty else { return [] }
            let lines = whole.split { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }.map(trimmed)
            let armour = Array("-----".utf8)
            let telling = lines.filter { $0.count >= shortestLine && !$0.starts(with: armour) }
            return ([whole] + (lines.count > 1 ? telling : [])).map { Secret($0) }
        }
    }

    private static func trimmed(_ bytes: Slice<UnsafeRawBufferPointer>) -> Slice<UnsafeRawBufferPointer> {
        var rest = bytes.drop { $0 <= UInt8(ascii: " ") }
        while let last = rest.last, last <= UInt8(ascii: " ") { rest = rest.dropLast() }
        return rest
    }
}
