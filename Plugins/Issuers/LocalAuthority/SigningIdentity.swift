import Automation
import Certificates
import Crypto
import Foundation
import PluginKit

/// A certificate of the authority with its key.
typealias SigningIdentity = KeyedCertificate

extension SigningIdentity {
    var life: Span { certificate.notAfter - certificate.notBefore }

    func rest(at now: Instant) -> Span { certificate.notAfter - now }
}

/// What one entry of the state holds: identities, newest first, and the digest that a replacement has to name.
struct IdentityList: Sendable {
    var identities: [SigningIdentity]
    /// SHA-256 of the entry; nil where there is none.
    var digest: Data?

    static func digest(of entry: Secret) -> Data {
        entry.withBytes { bytes in
            var hash = SHA256()
            hash.update(bufferPointer: bytes)
            return Data(hash.finalize())
        }
    }
}
