import Foundation
import PluginKit

/// What the sealed state holds of an account at one directory.
struct AccountRecord: Codable, Sendable {
    /// A key with its kind.
    struct StoredKey: Codable, Sendable, Equatable {
        var algorithm: AccountKey.Algorithm
        var privateBytes: Data

        init(_ key: AccountKey) {
            algorithm = key.algorithm
            privateBytes = key.privateBytes
        }

        func key() throws -> AccountKey { try AccountKey(algorithm, privateBytes: privateBytes) }
    }

    /// Nil after the account was deactivated.
    var key: StoredKey?
    /// Nil until the CA answered.
    var url: String?
    /// What the CA was told last.
    var contact: [String] = []
    /// The terms that were agreed to, as the directory named them then.
    var terms: String?
    /// The key that a rollover is about to put in place.
    var next: StoredKey?
}

/// A record with its keys ready to sign, and the digest that a replacement has to name.
struct HeldAccount: Sendable {
    var record: AccountRecord
    var key: AccountKey
    var thumbprint: String
    /// SHA-256 of the entry.
    var digest: Data

    /// Signs with the account's URL, or with the bare key where there is none yet.
    var signer: Signer { Signer(key: key, account: record.url) }
}
