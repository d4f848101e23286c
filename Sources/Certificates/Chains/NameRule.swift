import Automation
import SwiftASN1
import X509

/// A set of names, written as a domain or a network: what an authority may certify (RFC 5280, 4.2.1.10).
public enum NameRule: Sendable, Hashable {
    /// The domain and everything below it.
    case domain(String)
    /// Everything below the domain, not the domain itself.
    case below(String)
    /// Every DNS name.
    case anyDomain
    /// The addresses that share the first `prefix` bits with `base` (4 or 16 bytes).
    case network(base: [UInt8], prefix: Int)

    /// Reads `example.com`, `.example.com` (only what is below it), `10.0.0.0/8`, `2001:db8::/32` or an address; nil
    /// where it is none of them.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        if let first = parts.first, case .ip(let base)? = Subject(String(first)) {
            let bits = base.count * 8
            guard parts.count == 2 else {
                self = .network(base: base, prefix: bits)
                return
            }
            guard let prefix = Int(parts[1]), (0...bits).contains(prefix), parts[1].first != "+" else { return nil }
            self = .network(base: base, prefix: prefix)
            return
        }
        let isBelow = text.hasPrefix(".")
        guard case .dns(let name)? = Subject(isBelow ? String(text.dropFirst()) : text), !name.hasPrefix("*") else {
            return nil
        }
        self = isBelow ? .below(name) : .domain(name)
    }

    /// Reads a subtree of a name constraint; nil where it is of another kind, or no proper network.
    init?(_ subtree: GeneralName) {
        switch subtree {
        case .dnsName(""): self = .anyDomain
        case .dnsName(let text):
            guard let rule = NameRule(text), !rule.isNetwork else { return nil }
            self = rule
        case .ipAddress(let octets):
            let half = octets.bytes.count / 2
            guard [8, 32].contains(octets.bytes.count),
                let prefix = Self.prefix(ofMask: octets.bytes.suffix(half))
            else { return nil }
            self = .network(base: Array(octets.bytes.prefix(half)), prefix: prefix)
        default: return nil
        }
    }

    /// Whether the subject lies within. A wildcard does where all that it stands for does.
    public func contains(_ subject: Subject) -> Bool {
        switch (self, subject) {
        case (.anyDomain, .dns): true
        case (.domain(let domain), .dns(let name)): name == domain || name.hasSuffix("." + domain)
        case (.below(let domain), .dns(let name)): name.hasSuffix("." + domain)
        case (.network(let base, let prefix), .ip(let address)): Self.share(base, address, bits: prefix)
        default: false
        }
    }

    /// Whether the subject, or a name that it stands for as a wildcard, lies within.
    func touches(_ subject: Subject) -> Bool {
        if contains(subject) { return true }
        guard case .dns(let name) = subject, subject.isWildcard else { return false }
        switch self {
        case .domain(let domain): return Self.parent(of: domain) == String(name.dropFirst(2))
        default: return false
        }
    }

    /// Whether it is about addresses, not about DNS names.
    package var isNetwork: Bool { if case .network = self { true } else { false } }

    /// The rule as a subtree of a name constraint.
    package var subtree: GeneralName {
        switch self {
        case .domain(let name): return .dnsName(name)
        case .below(let name): return .dnsName("." + name)
        case .anyDomain: return .dnsName("")
        case .network(let base, let prefix):
            let mask = base.indices.map { index in
                let bits = min(max(prefix - index * 8, 0), 8)
                return UInt8(truncatingIfNeeded: 0xFF00 >> bits)
            }
            return .ipAddress(ASN1OctetString(contentBytes: (zip(base, mask).map { $0 & $1 } + mask)[...]))
        }
    }

    private static func parent(of domain: String) -> String? {
        domain.firstIndex(of: ".").map { String(domain[domain.index(after: $0)...]) }
    }

    private static func share(_ left: [UInt8], _ right: [UInt8], bits: Int) -> Bool {
        guard left.count == right.count else { return false }
        for (index, pair) in zip(left, right).enumerated() {
            let bits = min(max(bits - index * 8, 0), 8)
            let mask = UInt8(truncatingIfNeeded: 0xFF00 >> bits)
            if (pair.0 ^ pair.1) & mask != 0 { return false }
        }
        return true
    }

    /// The number of ones at the start of a mask that has none later.
    private static func prefix(ofMask mask: ArraySlice<UInt8>) -> Int? {
        var prefix = 0
        var ended = false
        for byte in mask {
            let ones = (~byte).leadingZeroBitCount
            guard ones == 8 - byte.trailingZeroBitCount || byte == 0, !ended || byte == 0 else { return nil }
            prefix += ones
            ended = ended || ones < 8
        }
        return prefix
    }
}

extension NameRule: CustomStringConvertible {
    public var description: String {
        switch self {
        case .domain(let name): name
        case .below(let name): "." + name
        case .anyDomain: "every DNS name"
        case .network(let base, let prefix): "\(Subject.ip(base))/\(prefix)"
        }
    }
}
