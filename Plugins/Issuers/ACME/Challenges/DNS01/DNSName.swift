import Foundation

/// A domain name as the DNS knows it: labels of any bytes, compared without regard to case (RFC 1035, 2.3.3).
struct DNSName: Sendable, Hashable, CustomStringConvertible {
    /// Each 1 to 63 bytes in lower case; with their lengths at most 255 bytes. The root has none.
    let labels: [[UInt8]]

    static let root = DNSName(checked: [])

    /// Reads "www.example.com" or "www.example.com."; nil where it is no name. Escapes are not read.
    init?(_ text: some StringProtocol) {
        let name = text.hasSuffix(".") ? text.dropLast() : text[...]
        guard !name.isEmpty else { return nil }
        self.init(labels: name.split(separator: ".", omittingEmptySubsequences: false).map { Array($0.utf8) })
    }

    init?(labels: [[UInt8]]) {
        guard labels.allSatisfy({ (1...63).contains($0.count) }) else { return nil }
        guard labels.reduce(1, { $0 + $1.count + 1 }) <= 255 else { return nil }
        self.init(checked: labels.map { $0.map { (65...90).contains($0) ? $0 + 32 : $0 } })
    }

    private init(checked labels: [[UInt8]]) { self.labels = labels }

    /// The name one label up; nil at the root.
    var parent: DNSName? { labels.isEmpty ? nil : DNSName(checked: Array(labels.dropFirst())) }

    /// Whether this is `zone` or below it.
    func isWithin(_ zone: DNSName) -> Bool { labels.suffix(zone.labels.count) == zone.labels[...] }

    /// As it travels, uncompressed and in lower case: also the canonical form of RFC 8945, 4.3.3.
    var wire: [UInt8] { labels.flatMap { [UInt8(truncatingIfNeeded: $0.count)] + $0 } + [0] }

    /// Whether it is only letters, digits, `-` and `_`: such a name is safe as an argument.
    var isPlain: Bool {
        labels.allSatisfy { label in
            label.first != 45
                && label.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 || $0 == 95 }
        }
    }

    /// With a trailing dot; other bytes than printable ASCII as `\DDD` (RFC 4343, 2.1).
    var description: String {
        guard !labels.isEmpty else { return "." }
        return labels.map { $0.map(Self.shown).joined() + "." }.joined()
    }

    private static func shown(_ byte: UInt8) -> String {
        switch byte {
        case 46, 92: "\\" + String(UnicodeScalar(byte))
        case 33...126: String(UnicodeScalar(byte))
        default: "\\" + String(repeating: "0", count: 3 - String(byte).count) + String(byte)
        }
    }
}
