import NIOCore

extension SocketAddress {
    /// Whether it is one that no endpoint of somebody's stands at: of this network, of one link, of clouds' metadata
    /// services, or of many at once. Also where it is one of IPv4 in the form of IPv6 (RFC 4291, 2.5.5.2; RFC 6052, 2.1).
    var isNoEndpoint: Bool {
        switch self {
        case .v4(let address): withUnsafeBytes(of: address.address.sin_addr) { Self.isRefused(Array($0)) }
        case .v6(let address): withUnsafeBytes(of: address.address.sin6_addr) { Self.isRefused(Array($0)) }
        case .unixDomainSocket: true
        }
    }

    private static let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
    private static let translated: [UInt8] = [0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0]

    private static func isRefused(_ bytes: [UInt8]) -> Bool {
        guard bytes.count == 16 else { return isRefused(four: bytes) }
        if bytes.starts(with: mapped) || bytes.starts(with: translated) {
            return isRefused(four: Array(bytes.suffix(4)))
        }
        let isLink = bytes[0] == 0xFE && bytes[1] & 0xC0 == 0x80
        // Of clouds: fd00:ec2::/32 and fd20:ce::254.
        let isCloud = bytes.starts(with: [0xFD, 0, 0x0E, 0xC2]) || bytes.starts(with: [0xFD, 0x20, 0, 0xCE])
        return bytes.allSatisfy { $0 == 0 } || bytes[0] == 0xFF || isLink || isCloud
    }

    private static func isRefused(four bytes: [UInt8]) -> Bool {
        let clouds: [[UInt8]] = [[100, 100, 100, 200], [168, 63, 129, 16], [192, 0, 0, 192]]
        return bytes[0] == 0 || bytes[0] >= 224 || bytes.starts(with: [169, 254]) || clouds.contains(bytes)
    }
}
