import Crypto
import SwiftASN1
import X509

/// Puts the parsers' errors into words. Their own texts hold parts of the input, which is not ours to show.
enum UnreadableReason {
    /// Ends the sentence "… can't be read because …".
    static func of(_ error: any Error) -> String {
        switch error {
        case let error as X509.CertificateError:
            switch error.code {
            case .unsupportedPublicKeyAlgorithm: "its key is of a kind that is not supported"
            case .unsupportedSignatureAlgorithm: "it is signed with an algorithm that is not supported"
            case .duplicateOID: "it has the same extension twice"
            default: "it breaks the rules of X.509"
            }
        case CryptoKitError.incorrectParameterSize: "its RSA key has fewer than 2048 bits"
        case is CryptoKitError: "its key or its signature is damaged"
        case is ASN1Error: "it is damaged, or something else than it should be"
        case is BadNameList: "its list of names is damaged, or has more than \(InputLimits.names) entries"
        default: "it is damaged"
        }
    }
}
