import Automation
import Crypto
import Foundation
import PluginKit
import Storage

/// SHA-256 over what has to be compared.
enum Digests {
    static func sha256(_ secret: Secret) -> Data { secret.withBytes { Data(SHA256.hash(data: $0)) } }

    static func sha256(_ bytes: Data) -> Data { Data(SHA256.hash(data: bytes)) }

    /// What the next version of a certificate is asked for: a change of it abandons an intent.
    /// - Parameter issuer: the profile that it is asked from.
    static func request(of certificate: CertificateRecord, from issuer: String) -> Data {
        let parts =
            [issuer, certificate.key.type.rawValue]
            + certificate.subjects.map(\.description).sorted()
        return sha256(Data(parts.map { "\($0.utf8.count):\($0)" }.joined().utf8))
    }
}
