import Crypto
import Foundation
import PluginKit

/// A 32-byte key. Without a description, so that it is not logged by accident.
public struct Secret32: Sendable {
    let symmetricKey: SymmetricKey

    /// Nil unless `bytes` are exactly 32.
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == 32 else { return nil }
        symmetricKey = SymmetricKey(data: Data(bytes))
    }

    init(_ key: SymmetricKey) { symmetricKey = key }

    /// A key of its own for one purpose (HKDF-SHA-256, RFC 5869).
    public func derived(for purpose: String) -> Secret32 {
        Secret32(
            HKDF<SHA256>.deriveKey(
                inputKeyMaterial: symmetricKey, info: Data("certflow \(purpose)".utf8), outputByteCount: 32))
    }

    /// HMAC-SHA-256 of `bytes` under this key.
    public func code(_ bytes: some DataProtocol) -> Data {
        Data(HMAC<SHA256>.authenticationCode(for: bytes, using: symmetricKey))
    }

    /// The bytes, for what takes raw keys.
    public var secret: Secret { symmetricKey.withUnsafeBytes { Secret($0) } }
}

extension Secret32: CustomStringConvertible, CustomReflectable {
    public var description: String { "(key)" }
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
