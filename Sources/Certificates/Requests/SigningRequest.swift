import Automation
import Foundation
import SwiftASN1
import X509

/// A certificate signing request (PKCS#10, RFC 2986) whose signature was checked.
public struct SigningRequest: Sendable {
    /// From the subject alternative names; a common name is ignored, as certificate authorities do (RFC 9525, 2).
    public let subjects: [Subject]
    public let publicKey: PublicKey

    /// DER of a request for these subjects. Its own subject name is empty: authorities take the names from the
    /// extension alone, and a common name can't hold more than 64 characters (RFC 5280, A.1).
    /// - Throws: `CertificateFailure` (`request.no-subjects`, `request.unreadable`).
    public static func build(subjects: [Subject], key: PrivateKey) throws(CertificateFailure) -> Data {
        guard !subjects.isEmpty else { throw .requestWithoutSubjects() }
        do {
            let names = SubjectAlternativeNames(subjects.map(\.generalName))
            let extensions = try X509.Certificate.Extensions([.init(names, critical: false)])
            let request = try CertificateSigningRequest(
                version: .v1, subject: DistinguishedName(), privateKey: key.x509,
                attributes: .init([.init(ExtensionRequest(extensions: extensions))]))
            var serializer = DER.Serializer()
            try serializer.serialize(request)
            return Data(serializer.serializedBytes)
        } catch {
            throw .unreadableRequest(because: "the library could not write it")
        }
    }

    /// Reads a request and checks that its own key signed it.
    /// - Parameter der: DER, at most 64 KiB.
    /// - Throws: `CertificateFailure` with a code that begins with `request.`.
    public init(der: Data) throws(CertificateFailure) {
        guard der.count <= InputLimits.certificate else {
            throw .unreadableRequest(because: "it is larger than 64 KiB")
        }
        let bytes = Array(der)
        guard DEROutline.accepts(bytes, elements: InputLimits.elements + InputLimits.names) else {
            throw .unreadableRequest(because: "it is not DER")
        }
        let request: CertificateSigningRequest
        do {
            request = try CertificateSigningRequest(derEncoded: bytes)
            let extensions = try request.attributes.extensionRequest?.extensions
            subjects = try extensions.map { try SubjectNames($0).subjects } ?? []
        } catch {
            throw .unreadableRequest(because: UnreadableReason.of(error))
        }
        guard request.publicKey.isValidSignature(request.signature, for: request) else {
            throw .requestSignatureWrong()
        }
        guard !subjects.isEmpty else { throw .requestWithoutSubjects() }
        publicKey = PublicKey(request.publicKey)
    }
}
