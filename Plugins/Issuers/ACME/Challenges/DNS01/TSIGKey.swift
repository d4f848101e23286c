import Crypto
import Foundation
import PluginKit

/// A key that signs requests to one server (RFC 8945).
struct TSIGKey: Sendable {
    enum Algorithm: String, Sendable, CaseIterable {
        case sha256 = "hmac-sha256"
        case sha384 = "hmac-sha384"
        case sha512 = "hmac-sha512"

        /// The whole MAC, in bytes: shorter ones are not accepted.
        var length: Int {
            switch self {
            case .sha256: 32
            case .sha384: 48
            case .sha512: 64
            }
        }

        var name: DNSName { DNSName(rawValue) ?? .root }
    }

    let name: DNSName
    let algorithm: Algorithm
    private let secret: Secret

    /// - Parameter base64: white space around it is ignored; nil is returned where it is not base64 or empty.
    init?(name: DNSName, algorithm: Algorithm, base64: Secret) {
        let decoded = base64.withBytes { bytes in
            Data(base64Encoded: Data(bytes.filter { $0 > 32 }))
        }
        guard let decoded, !decoded.isEmpty else { return nil }
        self.init(name: name, algorithm: algorithm, secret: Secret(decoded))
    }

    init(name: DNSName, algorithm: Algorithm, secret: Secret) {
        self.name = name
        self.algorithm = algorithm
        self.secret = secret
    }

    func code(for bytes: [UInt8]) -> [UInt8] {
        let key = secret.withBytes { SymmetricKey(data: $0) }
        return switch algorithm {
        case .sha256: Array(HMAC<SHA256>.authenticationCode(for: bytes, using: key))
        case .sha384: Array(HMAC<SHA384>.authenticationCode(for: bytes, using: key))
        case .sha512: Array(HMAC<SHA512>.authenticationCode(for: bytes, using: key))
        }
    }

    /// Compares in constant time.
    func isValid(_ code: [UInt8], for bytes: [UInt8]) -> Bool {
        Secret(self.code(for: bytes)).matches(Secret(code))
    }
}
