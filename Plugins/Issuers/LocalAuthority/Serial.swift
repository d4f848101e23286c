import Foundation
import PluginKit

/// A serial number: 128 random bits, so that no two are ever equal (RFC 5280, 4.1.2.2; the CA/Browser Forum asks for 64).
struct Serial: Codable, Sendable, Equatable {
    /// 16 bytes, big-endian, not all zero.
    let bytes: [UInt8]

    /// - Throws: `PluginFailure` (`local-authority.entropy`) where the source gives too little.
    init(_ entropy: (Int) -> [UInt8]) throws {
        bytes = entropy(16)
        guard bytes.count == 16, bytes.contains(where: { $0 != 0 }) else { throw PluginFailure.badEntropy() }
    }
}
