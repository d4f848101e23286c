import COpenSSL
import Foundation
import PluginKit

/// What a PKCS#12 file (RFC 7292) holds, decrypted.
public struct PKCS12File: Sendable {
    public private(set) var keys: [PrivateKey] = []
    public private(set) var certificates: [SignedCertificate] = []
    /// What its first named entry is called.
    public private(set) var friendlyName: String?
    /// Entries that could not be read.
    public private(set) var problems: [CertificateFailure] = []

    /// Whether `bytes` begin like a PKCS#12 file: a sequence whose first element is the version 3.
    public static func isLikely(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count > 8, bytes[0] == 0x30 else { return false }
        let lengthBytes = bytes[1] > 0x80 ? Int(bytes[1] & 0x7F) : 0  // 0x80: BER's indefinite form
        let version = 2 + lengthBytes
        return lengthBytes <= 4 && bytes.count > version + 3
            && bytes[version..<version + 3].elementsEqual([0x02, 0x01, 0x03])
    }

    /// Blocking work: some milliseconds, two seconds at most.
    /// - Parameters:
    ///   - input: BER or DER, at most 256 KiB.
    ///   - passphrase: nil and empty both stand for none; files differ in how they write that, and both ways are tried.
    /// - Throws: `CertificateFailure` with a code that begins with `pkcs12.` or `input.`.
    public init(reading input: Secret, passphrase: Secret?) throws(CertificateFailure) {
        guard input.count <= InputLimits.input else { throw .tooLarge(bytes: input.count) }
        let pointer = input.withBytes { bytes in
            OpenSSLBytes.read(bytes, by: { d2i_PKCS12(nil, $0, $1) }, free: { PKCS12_free($0) })
        }
        let file = try OpenSSLOwner(pointer, failure: .unreadablePKCS12()) { PKCS12_free($0) }
        let given = passphrase ?? Secret([])
        let reader = try Passphrase.withCString(given) { (text, length) throws(CertificateFailure) in
            var reader = PKCS12Reader(passphrase: text, length: length, isGiven: given.count > 0)
            defer { ERR_clear_error() }
            try reader.read(file.pointer)
            return reader
        }
        keys = reader.keys
        certificates = reader.certificates
        friendlyName = reader.friendlyName
        problems = reader.problems
    }
}
