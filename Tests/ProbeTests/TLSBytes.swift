import Foundation

/// The little of TLS that a hostile server needs to be taken seriously (RFC 8446, 5.1 and RFC 5246, 7.4).
enum TLSBytes {
    /// Handshake bytes cut into records of at most 16 KiB.
    static func records(_ handshake: [UInt8]) -> [UInt8] {
        stride(from: 0, to: handshake.count, by: 16_384).flatMap { start in
            let part = handshake[start..<min(start + 16_384, handshake.count)]
            return [22, 3, 3] + number(part.count, 2) + part
        }
    }

    static func alert(_ description: UInt8) -> [UInt8] { [21, 3, 3, 0, 2, 2, description] }

    /// A ServerHello of TLS 1.2 that chooses ECDHE-ECDSA-AES128-GCM-SHA256.
    static let serverHello = message(2, [3, 3] + [UInt8](repeating: 1, count: 32) + [0, 0xC0, 0x2B, 0])

    static func certificate(_ chain: [Data]) -> [UInt8] {
        let list = chain.flatMap { number($0.count, 3) + $0 }
        return message(11, number(list.count, 3) + list)
    }

    private static func message(_ type: UInt8, _ body: [UInt8]) -> [UInt8] { [type] + number(body.count, 3) + body }

    private static func number(_ value: Int, _ bytes: Int) -> [UInt8] {
        (0..<bytes).reversed().map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
}
