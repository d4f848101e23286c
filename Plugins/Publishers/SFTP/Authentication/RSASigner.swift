import Crypto
import CryptoExtras
import Foundation

/// Signs with RSA and SHA-512 (RFC 8332).
///
/// The blob bears the algorithm's name in place of `ssh-rsa`: libssh2 takes the name that it asks the server for from
/// there, and OpenSSH reads both.
final class RSASigner: Signer {
    let blob: [UInt8]
    private let key: _RSA.Signing.PrivateKey

    init(_ key: _RSA.Signing.PrivateKey) throws {
        self.key = key
        let numbers = try key.publicKey.getKeyPrimitives()
        var writer = WireWriter()
        writer.write(Self.algorithm)
        writer.write(string: Self.positive(numbers.publicExponent))
        writer.write(string: Self.positive(numbers.modulus))
        blob = writer.bytes
    }

    static let algorithm = "rsa-sha2-512"

    func signature(of data: UnsafeRawBufferPointer) throws -> [UInt8] {
        Array(try key.signature(for: SHA512.hash(data: data), padding: .insecurePKCS1v1_5).rawRepresentation)
    }

    /// A number whose first bit is set would read as a negative one.
    private static func positive(_ number: Data) -> [UInt8] {
        let digits = Array(number.drop { $0 == 0 })
        return (digits.first ?? 0) & 0x80 == 0 ? digits : [0] + digits
    }
}
