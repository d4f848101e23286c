import Crypto
import Foundation
import PluginKit

/// The key that a home rests on: 32 random bytes in a file of the home, or a credential that systemd hands over.
///
/// Everything sealed and the key of the audit trail derive from it (`Secret32.derived`). A canary in the database tells
/// a wrong key from the right one before anything is done with it.
public enum MasterKey {
    /// In the home.
    public static let fileName = "master.key"
    /// Below `$CREDENTIALS_DIRECTORY` (systemd's `LoadCredential`, `LoadCredentialEncrypted`); goes before the file.
    public static let credentialName = "certflow-master-key"
    /// The name under which the canary stands among the ledger's meta values.
    public static let canaryName = "master-key-canary"

    private static let length = 32
    private static let canaryText = "certflow canary"
    private static let canaryPlace = "meta/\(canaryName)"

    /// The credential where systemd handed one over, else the file of the home.
    public static func load(
        home: String, environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(StorageError) -> Secret32 {
        if let credential = try credential(environment) { return credential }
        let path = path(in: home)
        guard let bytes = try KeyFile(path, allowed: .owner).read(length) else { throw .masterKeyMissing(path) }
        return try key(bytes, path)
    }

    /// As `load`; makes the file where there is none.
    ///
    /// - Parameter entropy: random bytes fit for keys.
    public static func loadOrCreate(
        home: String, environment: [String: String] = ProcessInfo.processInfo.environment,
        entropy: (Int) -> [UInt8] = systemEntropy
    ) throws(StorageError) -> Secret32 {
        if let credential = try credential(environment) { return credential }
        let file = KeyFile(path(in: home), allowed: .owner)
        if let bytes = try file.read(length) {
            try file.finishCreation()
            return try key(bytes, file.path)
        }
        let fresh = Secret(entropy(length))
        try file.create(fresh)
        return try key(fresh, file.path)
    }

    /// What tells this key from another: a known text under its seal, for the ledger's meta values.
    public static func makeCanary(
        with master: Secret32, entropy: @escaping @Sendable (Int) -> [UInt8]
    ) throws(StorageError) -> String {
        try Sealer(master: master, entropy: entropy).seal(Secret(text: canaryText), for: canaryPlace)
            .base64EncodedString()
    }

    /// - Parameter canary: as the ledger holds it; nil where it holds none.
    /// - Throws: `StorageError` unless `canary` was made with `master`.
    public static func verify(canary: String?, with master: Secret32) throws(StorageError) {
        guard let canary else { throw .canaryMissing }
        let sealer = Sealer(master: master, entropy: { [UInt8](repeating: 0, count: $0) })
        guard let sealed = Data(base64Encoded: canary), let text = try? sealer.open(sealed, for: canaryPlace),
            text.matches(Secret(text: canaryText))
        else { throw .masterKeyWrong }
    }

    /// The system's generator for keys.
    public static func systemEntropy(_ count: Int) -> [UInt8] {
        SymmetricKey(size: SymmetricKeySize(bitCount: count * 8)).withUnsafeBytes { Array($0) }
    }

    private static func path(in home: String) -> String { "\(home)/\(fileName)" }

    private static func credential(_ environment: [String: String]) throws(StorageError) -> Secret32? {
        guard let directory = environment["CREDENTIALS_DIRECTORY"], !directory.isEmpty else { return nil }
        let path = "\(directory)/\(credentialName)"
        guard let bytes = try KeyFile(path, allowed: .service).read(length) else { return nil }
        return try key(bytes, path)
    }

    private static func key(_ bytes: Secret, _ path: String) throws(StorageError) -> Secret32 {
        guard let key = bytes.withBytes({ Secret32($0) }) else { throw .masterKeyMalformed(path, bytes.count) }
        return key
    }
}
