import Foundation
import PluginKit
import Storage

/// Seals and unseals, and keys the digests of what is secret.
public struct Vault: Sendable {
    public var seal: @Sendable (_ secret: Secret, _ place: String) throws -> Data
    public var open: @Sendable (_ sealed: Data, _ place: String) throws -> Secret
    /// A keyed digest of secret bytes, fit to be stored and compared.
    public var code: @Sendable (_ bytes: Data) -> Data
    /// 32 bytes that the digests of private artifacts are keyed with.
    public var artifactKey: Secret

    public init(
        seal: @escaping @Sendable (_ secret: Secret, _ place: String) throws -> Data,
        open: @escaping @Sendable (_ sealed: Data, _ place: String) throws -> Secret,
        code: @escaping @Sendable (_ bytes: Data) -> Data, artifactKey: Secret
    ) {
        self.seal = seal
        self.open = open
        self.code = code
        self.artifactKey = artifactKey
    }

    /// Everything derived from one master key.
    public init(master: Secret32, entropy: @escaping @Sendable (Int) -> [UInt8]) {
        let sealer = Sealer(master: master, entropy: entropy)
        let digests = master.derived(for: "state digests")
        self.init(
            seal: { try sealer.seal($0, for: $1) }, open: { try sealer.open($0, for: $1) },
            code: { digests.code($0) }, artifactKey: master.derived(for: "artifact digests").secret)
    }

    /// Where each sealed thing stands: what is sealed for one place opens at no other.
    public enum Place {
        public static func key(ofIntent intent: IntentRecord) -> String { "intent/\(intent.id)/key" }
        public static func key(of certificate: Int64, version: Int) -> String {
            "version/\(certificate)/\(version)/key"
        }
        public static func secret(_ name: String) -> String { "secret/\(name)" }
        public static func state(_ scope: String, _ key: String) -> String { "state/\(scope)/\(key)" }
    }
}
