import Crypto
import Foundation
import PluginKit

/// Seals keys and secrets for the database: AES-256-GCM under a data key of their own, which is wrapped by the master
/// key. What is sealed is bound to its place, so that nothing sealed can be moved elsewhere.
public struct Sealer: Sendable {
    private static let format: UInt8 = 1
    private static let nonceLength = 12
    private static let tagLength = 16
    private static let wrappedLength = nonceLength + 32 + tagLength

    private let wrapping: SymmetricKey
    private let entropy: @Sendable (Int) -> [UInt8]

    /// - Parameter entropy: random bytes fit for keys.
    public init(master: Secret32, entropy: @escaping @Sendable (Int) -> [UInt8]) {
        wrapping = master.derived(for: "sealing").symmetricKey
        self.entropy = entropy
    }

    /// - Parameter place: where it will stand: "version/7/3/key".
    public func seal(_ secret: Secret, for place: String) throws(StorageError) -> Data {
        let dataKeyBytes = entropy(32)
        let binding = Data(place.utf8)
        do {
            let wrapped = try AES.GCM.seal(
                dataKeyBytes, using: wrapping, nonce: AES.GCM.Nonce(data: entropy(Self.nonceLength)),
                authenticating: binding)
            let sealed = try secret.withBytes {
                try AES.GCM.seal(
                    $0, using: SymmetricKey(data: dataKeyBytes), nonce: AES.GCM.Nonce(data: entropy(Self.nonceLength)),
                    authenticating: binding)
            }
            guard let wrappedBytes = wrapped.combined, let sealedBytes = sealed.combined else {
                throw StorageError.sealingFailed(place)
            }
            return Data([Self.format]) + wrappedBytes + sealedBytes
        } catch {
            throw StorageError.sealingFailed(place)
        }
    }

    public func open(_ sealed: Data, for place: String) throws(StorageError) -> Secret {
        let bytes = [UInt8](sealed)
        guard bytes.count >= 1 + Self.wrappedLength + Self.nonceLength + Self.tagLength, bytes[0] == Self.format else {
            throw .unsealingFailed(place)
        }
        let binding = Data(place.utf8)
        do {
            let wrapped = try AES.GCM.SealedBox(combined: bytes[1..<1 + Self.wrappedLength])
            let dataKey = try AES.GCM.open(wrapped, using: wrapping, authenticating: binding)
            let box = try AES.GCM.SealedBox(combined: bytes[(1 + Self.wrappedLength)...])
            return Secret(try AES.GCM.open(box, using: SymmetricKey(data: dataKey), authenticating: binding))
        } catch {
            throw .unsealingFailed(place)
        }
    }
}
