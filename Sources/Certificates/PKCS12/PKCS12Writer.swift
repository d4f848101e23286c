import COpenSSL
import Foundation
import PluginKit

/// Writes PKCS#12 (RFC 7292): key, leaf and chain under a passphrase, in a form that OpenSSL 3 and Java 8u301 and later
/// read: AES-256-CBC with PBKDF2 (RFC 8018), and a MAC with SHA-256.
enum PKCS12Writer {
    /// Rounds of each key derivation: as many as Java's own keystores use. The passphrase usually lies beside the file,
    /// so more rounds would cost every publication and protect little.
    private static let rounds: Int32 = 10_000

    /// - Parameters:
    ///   - name: the friendly name of key and leaf.
    ///   - passphrase: not empty: Java reads no file without one.
    /// - Throws: `CertificateFailure` with a code that begins with `pkcs12.`.
    static func write(
        key: PrivateKey, chain: CertificateChain, name: String, passphrase: Secret
    ) throws(CertificateFailure) -> Secret {
        guard passphrase.count > 0 else { throw .emptyPassphrase() }
        return try Passphrase.withCString(passphrase) { (text, length) throws(CertificateFailure) in
            let privateKey = try self.key(key)
            let leaf = try certificate(chain.leaf)
            let authorities = try stack(of: chain.issuers)
            let file = try OpenSSLOwner(
                PKCS12_create_ex(
                    text, name, privateKey.pointer, leaf.pointer, authorities.pointer, NID_aes_256_cbc,
                    NID_aes_256_cbc, rounds, -1, 0, nil, nil),
                failure: .pkcs12NotWritten()
            ) { PKCS12_free($0) }
            // A MAC of its own call: its digest and the length of its salt stand here, not in libcrypto's defaults.
            guard PKCS12_set_mac(file.pointer, text, length, nil, 16, rounds, EVP_sha256()) == 1,
                var bytes = OpenSSLBytes.written(by: { i2d_PKCS12(file.pointer, $0) })
            else {
                ERR_clear_error()
                throw .pkcs12NotWritten()
            }
            defer { bytes.zero() }
            return Secret(bytes)
        }
    }

    private static func key(_ key: PrivateKey) throws(CertificateFailure) -> OpenSSLOwner {
        let pointer = key.pkcs8().withBytes { bytes in
            OpenSSLBytes.read(bytes, by: { d2i_AutoPrivateKey(nil, $0, $1) }, free: { EVP_PKEY_free($0) })
        }
        return try OpenSSLOwner(pointer, failure: .pkcs12NotWritten()) { EVP_PKEY_free($0) }
    }

    private static func certificate(_ certificate: SignedCertificate) throws(CertificateFailure) -> OpenSSLOwner {
        let pointer = OpenSSLBytes.read(certificate.der, by: { d2i_X509(nil, $0, $1) }, free: { X509_free($0) })
        return try OpenSSLOwner(pointer, failure: .pkcs12NotWritten()) { X509_free($0) }
    }

    private static func stack(of certificates: [SignedCertificate]) throws(CertificateFailure) -> OpenSSLOwner {
        let stack = try OpenSSLOwner(OPENSSL_sk_new_null(), failure: .pkcs12NotWritten()) { stack in
            while let element = OPENSSL_sk_pop(stack) { X509_free(OpaquePointer(element)) }
            OPENSSL_sk_free(stack)
        }
        for authority in certificates {
            let element = try certificate(authority)
            X509_up_ref(element.pointer)  // the stack keeps one reference, `element` gives back its own
            guard OPENSSL_sk_push(stack.pointer, UnsafeRawPointer(element.pointer)) > 0 else {
                X509_free(element.pointer)
                throw .pkcs12NotWritten()
            }
        }
        return stack
    }
}
