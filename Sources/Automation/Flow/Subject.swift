import Foundation

/// A name that a certificate speaks for: valid from the moment it exists.
public enum Subject: Hashable, Sendable {
    /// Lower case, without a trailing dot; may start with one `*.` label (RFC 6125, RFC 8555 7.1.3).
    case dns(String)
    /// 4 or 16 bytes.
    case ip([UInt8])

    /// Reads a DNS name (internationalised ones as A-labels) or an IP address; nil where it is neither.
    public init?(_ text: String) {
        if let bytes = Self.address(text) {
            self = .ip(bytes)
            return
        }
        var name = text.lowercased()
        if name.hasSuffix(".") { name.removeLast() }
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        guard !name.isEmpty, name.utf8.count <= 253, labels.count <= 127 else { return nil }
        for (index, label) in labels.enumerated() {
            if index == 0, label == "*", labels.count > 1 { continue }
            guard Self.isLabel(label) else { return nil }
        }
        guard labels.last?.utf8.contains(where: { !(48...57).contains($0) }) == true else { return nil }  // 1.2.3.999
        self = .dns(name)
    }

    public var isWildcard: Bool { if case .dns(let name) = self { name.hasPrefix("*.") } else { false } }

    private static func isLabel(_ label: Substring) -> Bool {
        guard (1...63).contains(label.utf8.count), label.first != "-", label.last != "-" else { return false }
        return label.utf8.allSatisfy {
            (97...122).contains($0) || (48...57).contains($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
        }
    }

    private static func address(_ text: String) -> [UInt8]? {
        guard text.utf8.count <= 45, !text.utf8.contains(0) else { return nil }
        var four = in_addr()
        if inet_pton(AF_INET, text, &four) == 1 { return withUnsafeBytes(of: &four) { Array($0) } }
        var six = in6_addr()
        if inet_pton(AF_INET6, text, &six) == 1 { return withUnsafeBytes(of: &six) { Array($0) } }
        return nil
    }
}

extension Subject: CustomStringConvertible, Codable {
    /// The name, or the address in its canonical text (RFC 5952).
    public var description: String {
        switch self {
        case .dns(let name): return name
        case .ip(let bytes):
            var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
            let family = bytes.count == 4 ? AF_INET : AF_INET6
            let written = bytes.withUnsafeBytes {
                inet_ntop(family, $0.baseAddress, &text, socklen_t(INET6_ADDRSTRLEN))
            }
            guard written != nil else { return bytes.map(String.init).joined(separator: ".") }
            return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        }
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let subject = Subject(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a DNS name or IP address")
        }
        self = subject
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
