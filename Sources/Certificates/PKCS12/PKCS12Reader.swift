import COpenSSL
import Foundation
import PluginKit

/// Walks through the parts of one PKCS#12 file. Lives no longer than the passphrase that it was given.
struct PKCS12Reader {
    private(set) var keys: [PrivateKey] = []
    private(set) var certificates: [SignedCertificate] = []
    private(set) var friendlyName: String?
    private(set) var problems: [CertificateFailure] = []

    private var passphrase: UnsafePointer<CChar>?
    private let length: Int32
    private let isGiven: Bool
    private var rounds = 0

    init(passphrase: UnsafePointer<CChar>, length: Int32, isGiven: Bool) {
        self.passphrase = passphrase
        self.length = length
        self.isGiven = isGiven
    }

    mutating func read(_ file: OpaquePointer) throws(CertificateFailure) {
        try verifyMAC(file)
        let safes = try OpenSSLOwner(PKCS12_unpack_authsafes(file), failure: .unreadablePKCS12()) { safes in
            while let safe = OPENSSL_sk_pop(safes) { PKCS7_free(safe.assumingMemoryBound(to: PKCS7.self)) }
            OPENSSL_sk_free(safes)
        }
        for index in 0..<OPENSSL_sk_num(safes.pointer) {
            guard let safe = OPENSSL_sk_value(safes.pointer, index) else { throw .unreadablePKCS12() }
            let bags = try self.bags(of: safe.assumingMemoryBound(to: PKCS7.self))
            try read(bags: bags.pointer, depth: 0)
        }
    }

    /// Files without a passphrase have either an empty one or none at all, which give different keys (RFC 7292, B.1).
    private mutating func verifyMAC(_ file: OpaquePointer) throws(CertificateFailure) {
        guard PKCS12_mac_present(file) == 1 else { return }
        var roundsField: UnsafePointer<ASN1_INTEGER>?
        PKCS12_get0_mac(nil, nil, nil, &roundsField, file)
        try spend(roundsField.map { ASN1_INTEGER_get($0) } ?? 1)
        if PKCS12_verify_mac(file, passphrase, length) == 1 { return }
        guard !isGiven else { throw .wrongPassphrase() }
        try spend(roundsField.map { ASN1_INTEGER_get($0) } ?? 1)
        guard PKCS12_verify_mac(file, nil, 0) == 1 else { throw .missingPassphrase() }
        passphrase = nil
    }

    private mutating func spend(_ count: Int) throws(CertificateFailure) {
        guard count > 0, count <= DerivationCost.limit - rounds else { throw .costlyPKCS12() }
        rounds += count
    }

    private mutating func spend(on algorithm: UnsafePointer<X509_ALGOR>?) throws(CertificateFailure) {
        guard let algorithm, let encoded = OpenSSLBytes.written(by: { i2d_X509_ALGOR(algorithm, $0) }) else {
            throw .unreadablePKCS12()
        }
        try spend(DerivationCost.rounds(of: encoded))
    }

    private mutating func bags(of safe: UnsafeMutablePointer<PKCS7>) throws(CertificateFailure) -> OpenSSLOwner {
        let bags: OpaquePointer?
        switch OBJ_obj2nid(safe.pointee.type) {
        case NID_pkcs7_data: bags = PKCS12_unpack_p7data(safe)
        case NID_pkcs7_encrypted:
            guard let encrypted = safe.pointee.d.encrypted, let content = encrypted.pointee.enc_data else {
                throw .unreadablePKCS12()
            }
            try spend(on: content.pointee.algorithm)
            bags = PKCS12_unpack_p7encdata(safe, passphrase, length)
        default: throw .unknownPKCS12Encryption()  // encrypted for a public key, which nobody does
        }
        // Without a MAC, a wrong passphrase shows only here.
        return try OpenSSLOwner(bags, failure: .wrongPassphrase()) { bags in
            while let bag = OPENSSL_sk_pop(bags) { PKCS12_SAFEBAG_free(OpaquePointer(bag)) }
            OPENSSL_sk_free(bags)
        }
    }

    private mutating func read(bags: OpaquePointer, depth: Int) throws(CertificateFailure) {
        guard depth < 4 else { throw .unreadablePKCS12() }
        for index in 0..<OPENSSL_sk_num(bags) {
            guard let element = OPENSSL_sk_value(bags, index) else { throw .unreadablePKCS12() }
            let bag = OpaquePointer(element)
            if friendlyName == nil { friendlyName = Self.name(of: bag) }
            switch PKCS12_SAFEBAG_get_nid(bag) {
            case NID_keyBag:
                if let key = PKCS12_SAFEBAG_get0_p8inf(bag) { try take(key: key) }
            case NID_pkcs8ShroudedKeyBag: try decrypt(bag)
            case NID_certBag: try take(certificate: bag)
            case NID_safeContentsBag:
                if let inner = PKCS12_SAFEBAG_get0_safes(bag) { try read(bags: inner, depth: depth + 1) }
            default: continue  // revocation lists and secrets of other kinds
            }
        }
    }

    private mutating func decrypt(_ bag: OpaquePointer) throws(CertificateFailure) {
        var algorithm: UnsafePointer<X509_ALGOR>?
        guard let shrouded = PKCS12_SAFEBAG_get0_pkcs8(bag) else { throw .unreadablePKCS12() }
        X509_SIG_get0(shrouded, &algorithm, nil)
        try spend(on: algorithm)
        let key = try OpenSSLOwner(
            PKCS12_decrypt_skey(bag, passphrase, length), failure: .wrongPassphrase()
        ) { PKCS8_PRIV_KEY_INFO_free($0) }
        try take(key: key.pointer)
    }

    private mutating func take(key: OpaquePointer) throws(CertificateFailure) {
        guard keys.count < InputLimits.certificates else { throw .severalKeys(keys.count + 1) }
        guard var der = OpenSSLBytes.written(by: { i2d_PKCS8_PRIV_KEY_INFO(key, $0) }) else {
            throw .unreadablePKCS12()
        }
        defer { der.zero() }
        do {
            keys.append(try PrivateKey(der: Secret(der)))
        } catch {
            problems.append(error)
        }
    }

    private mutating func take(certificate bag: OpaquePointer) throws(CertificateFailure) {
        guard certificates.count < InputLimits.certificates else { throw .tooManyCertificates() }
        guard PKCS12_SAFEBAG_get_bag_nid(bag) == NID_x509Certificate else { return }
        let certificate = try OpenSSLOwner(PKCS12_SAFEBAG_get1_cert(bag), failure: .unreadablePKCS12()) {
            X509_free($0)
        }
        guard let der = OpenSSLBytes.written(by: { i2d_X509(certificate.pointer, $0) }) else {
            throw .unreadablePKCS12()
        }
        do {
            certificates.append(try SignedCertificate(der: Data(der)))
        } catch {
            problems.append(error)
        }
    }

    private static func name(of bag: OpaquePointer) -> String? {
        guard let text = PKCS12_get_friendlyname(bag) else { return nil }
        defer { CRYPTO_free(text, nil, 0) }
        return printable(String(cString: text))
    }
}
