import COpenSSL
import CryptoExtras
import Foundation
import PluginKit

/// A user's private key, as far as it has to be looked into before libssh2 gets it.
///
/// libssh2 1.10 signs with RSA under SHA-1 alone, which no current server takes; so RSA keys are read and used here.
enum PrivateKey {
    case rsa(RSASigner)
    /// Ed25519 and ECDSA: libssh2 reads these itself.
    case other

    struct Unreadable: Error {
        var cause: String
        var remedy: String
    }

    private static let openSSH = ("-----BEGIN OPENSSH PRIVATE KEY-----", "-----END OPENSSH PRIVATE KEY-----")

    init(_ file: Secret, passphrase: Secret?) throws {
        let text = file.withBytes { String(decoding: $0, as: UTF8.self) }
        if text.contains(Self.openSSH.0) {
            guard let key = try Self.openSSHKey(text) else {
                self = .other
                return
            }
            self = .rsa(try RSASigner(key))
        } else if text.contains("PRIVATE KEY-----") {
            guard let der = try Self.rsa(file, passphrase) else {
                self = .other
                return
            }
            self = .rsa(try RSASigner(_RSA.Signing.PrivateKey(derRepresentation: der)))
        } else {
            throw Unreadable(
                cause: "it is no private key in PEM form",
                remedy: "Store the private key itself, as ssh-keygen wrote it, not its `.pub` file.")
        }
    }

    /// OpenSSH's own form (its PROTOCOL.key); nil where it holds no RSA key.
    private static func openSSHKey(_ text: String) throws -> _RSA.Signing.PrivateKey? {
        let malformed = Unreadable(cause: "it is damaged", remedy: "Store it again, whole, as ssh-keygen wrote it.")
        guard let start = text.range(of: openSSH.0), let end = text.range(of: openSSH.1),
            start.upperBound <= end.lowerBound,
            let data = Data(
                base64Encoded: String(text[start.upperBound..<end.lowerBound]), options: .ignoreUnknownCharacters)
        else { throw malformed }
        do {
            var reader = WireReader(data)
            guard try reader.take(15).elementsEqual("openssh-key-v1\0".utf8) else { throw malformed }
            let cipher = try reader.text(limit: 64)
            _ = try reader.string(limit: 64)
            _ = try reader.string(limit: 1024)
            guard try reader.uint32() == 1 else { throw malformed }
            var shown = WireReader(slice: try reader.string(limit: 65_536))
            guard try shown.text(limit: 64) == "ssh-rsa" else { return nil }
            guard cipher == "none" else {
                throw Unreadable(
                    cause: "an RSA key under a passphrase can't be read in OpenSSH's own form",
                    remedy: "Convert it with `ssh-keygen -p -m PKCS8 -f FILE` and store it again; or use Ed25519.")
            }
            var inner = WireReader(slice: try reader.string(limit: 65_536))
            guard try inner.uint32() == inner.uint32(), try inner.text(limit: 64) == "ssh-rsa" else { throw malformed }
            let modulus = try inner.string(limit: 4096)
            let exponent = try inner.string(limit: 4096)
            let secretExponent = try inner.string(limit: 4096)
            _ = try inner.string(limit: 4096)
            let primes = (try inner.string(limit: 4096), try inner.string(limit: 4096))
            return try _RSA.Signing.PrivateKey(
                n: unsigned(modulus), e: unsigned(exponent), d: unsigned(secretExponent), p: unsigned(primes.0),
                q: unsigned(primes.1))
        } catch is WireReader.Malformed {
            throw malformed
        }
    }

    private static func unsigned(_ number: ArraySlice<UInt8>) -> Data { Data(number.drop { $0 == 0 }) }

    /// PKCS#1, PKCS#8 and SEC 1, by OpenSSL, since a passphrase may be on it; nil where it is no RSA key.
    private static func rsa(_ file: Secret, _ passphrase: Secret?) throws -> Data? {
        // An empty one keeps OpenSSL from asking at the terminal.
        var phrase = passphrase?.withBytes { $0.map { CChar(bitPattern: $0) } } ?? []
        phrase.append(0)
        defer { for index in phrase.indices { phrase[index] = 0 } }
        let key = file.withBytes { bytes -> OpaquePointer? in
            guard let input = BIO_new_mem_buf(bytes.baseAddress, Int32(clamping: bytes.count)) else { return nil }
            defer { BIO_free(input) }
            return phrase.withUnsafeMutableBytes { PEM_read_bio_PrivateKey(input, nil, nil, $0.baseAddress) }
        }
        ERR_clear_error()
        guard let key else {
            throw Unreadable(
                cause: passphrase == nil ? "it is damaged, or under a passphrase" : "the passphrase does not fit",
                remedy: "Check `privateKey` and `passphrase` in the profile: both name secrets.")
        }
        defer { EVP_PKEY_free(key) }
        guard EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA else { return nil }
        var bytes: UnsafeMutablePointer<UInt8>?
        let count = i2d_PrivateKey(key, &bytes)
        guard count > 0, let bytes else {
            throw Unreadable(cause: "OpenSSL can't read it", remedy: "Make a new one with `ssh-keygen -t ed25519`.")
        }
        defer { CRYPTO_clear_free(bytes, Int(count), nil, 0) }
        return Data(bytes: bytes, count: Int(count))
    }
}
