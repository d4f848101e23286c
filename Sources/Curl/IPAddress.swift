import Foundation

/// An IP address. One of IPv4 that is written or carried in the form of IPv6 counts as what it stands for.
public struct IPAddress: Sendable, Hashable {
    /// 4 or 16.
    public let bytes: [UInt8]

    /// - Parameter bytes: 4 or 16 of them; nil for any other number.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        // Mapped addresses (RFC 4291, 2.5.5.2) and those that a translator reaches (RFC 6052, 2.1).
        let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
        let translated: [UInt8] = [0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0]
        let isCarried = bytes.count == 16 && (bytes.starts(with: mapped) || bytes.starts(with: translated))
        self.bytes = isCarried ? Array(bytes.suffix(4)) : bytes
    }

    public init?(_ text: String) {
        var four = in_addr()
        var six = in6_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            self.init(withUnsafeBytes(of: &four) { Array($0) })
        } else if inet_pton(AF_INET6, text, &six) == 1 {
            self.init(withUnsafeBytes(of: &six) { Array($0) })
        } else {
            return nil
        }
    }
}

extension IPAddress: CustomStringConvertible {
    public var description: String {
        guard bytes.count == 16 else { return bytes.map(String.init).joined(separator: ".") }
        return stride(from: 0, to: 16, by: 2)
            .map { String(UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]), radix: 16) }.joined(separator: ":")
    }
}

/// Addresses that begin alike: "10.0.0.0/8", "fe80::/10", or a single one.
public struct AddressRange: Sendable, Hashable {
    private let start: IPAddress
    private let bits: Int

    /// Nil where it is none.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let start = IPAddress(String(first)) else { return nil }
        self.start = start
        guard parts.count == 2 else {
            bits = start.bytes.count * 8
            return
        }
        guard let bits = Int(parts[1]), (0...(start.bytes.count * 8)).contains(bits) else { return nil }
        self.bits = bits
    }

    public func contains(_ address: IPAddress) -> Bool {
        guard address.bytes.count == start.bytes.count else { return false }
        for (index, (mine, theirs)) in zip(start.bytes, address.bytes).enumerated() {
            let counted = min(8, max(0, bits - index * 8))
            guard counted > 0 else { return true }
            let mask = UInt8(truncatingIfNeeded: 0xFF00 >> counted)
            guard mine & mask == theirs & mask else { return false }
        }
        return true
    }
}

extension AddressRange {
    /// Whether all of another range is in this one.
    public func contains(_ other: AddressRange) -> Bool { other.bits >= bits && contains(other.start) }
}

/// Which addresses a request may reach, whatever its host name leads to: checked on the address of each connection, when
/// it is made and when it is used again.
public struct AddressPolicy: Sendable, Hashable {
    /// What no allowance opens by being wider: only those that lie inside such a range open a part of it.
    public var denied: [AddressRange]
    /// Empty: all that is not denied.
    public var allowed: [AddressRange]

    public init(denied: [AddressRange] = [], allowed: [AddressRange] = []) {
        self.denied = denied
        self.allowed = allowed
    }

    public static let any = AddressPolicy()

    public func permits(_ address: IPAddress) -> Bool {
        for range in denied where range.contains(address) {
            guard allowed.contains(where: { range.contains($0) && $0.contains(address) }) else { return false }
        }
        return allowed.isEmpty || allowed.contains { $0.contains(address) }
    }
}
