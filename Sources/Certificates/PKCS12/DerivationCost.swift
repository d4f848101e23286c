import SwiftASN1

/// What decrypting a part of a PKCS#12 costs, read from its parameters before any work is done: a hostile file may ask
/// for years of it.
enum DerivationCost {
    /// Rounds of key derivation that one file may ask for in all; about two seconds. OpenSSL asks for some 6,000, Java
    /// for 30,000, Firefox for up to 1,800,000.
    static let limit = 5_000_000

    private static let pbes2: ASN1ObjectIdentifier = [1, 2, 840, 113549, 1, 5, 13]
    private static let pbkdf2: ASN1ObjectIdentifier = [1, 2, 840, 113549, 1, 5, 12]
    private static let tripleDES: ASN1ObjectIdentifier = [1, 2, 840, 113549, 1, 12, 1, 3]
    private static let legacy: Set<ASN1ObjectIdentifier> = [
        // RC4, two-key 3DES and RC2 of PKCS#12; DES and RC2 of PKCS#5
        [1, 2, 840, 113549, 1, 12, 1, 1], [1, 2, 840, 113549, 1, 12, 1, 2], [1, 2, 840, 113549, 1, 12, 1, 4],
        [1, 2, 840, 113549, 1, 12, 1, 5], [1, 2, 840, 113549, 1, 12, 1, 6], [1, 2, 840, 113549, 1, 5, 1],
        [1, 2, 840, 113549, 1, 5, 3], [1, 2, 840, 113549, 1, 5, 4], [1, 2, 840, 113549, 1, 5, 6],
        [1, 2, 840, 113549, 1, 5, 10], [1, 2, 840, 113549, 1, 5, 11],
    ]

    /// The rounds that an encryption algorithm asks for.
    /// - Parameter algorithm: an AlgorithmIdentifier, DER.
    /// - Throws: `CertificateFailure` where the algorithm is outdated, unknown or its parameters make no sense.
    static func rounds(of algorithm: [UInt8]) throws(CertificateFailure) -> Int {
        do {
            return try parse(algorithm)
        } catch let failure as CertificateFailure {
            throw failure
        } catch {
            throw .unknownPKCS12Encryption()
        }
    }

    private static func parse(_ algorithm: [UInt8]) throws -> Int {
        try DER.sequence(try DER.parse(algorithm), identifier: .sequence) { nodes in
            let identifier = try ASN1ObjectIdentifier(derEncoded: &nodes)
            guard !legacy.contains(identifier) else { throw CertificateFailure.legacyPKCS12() }
            guard let parameters = nodes.next() else { throw CertificateFailure.unknownPKCS12Encryption() }
            switch identifier {
            case tripleDES: return try saltAndRounds(parameters)
            case pbes2:
                return try DER.sequence(parameters, identifier: .sequence) { nodes in
                    defer { while nodes.next() != nil {} }
                    guard let derivation = nodes.next() else { throw CertificateFailure.unknownPKCS12Encryption() }
                    return try self.derivation(derivation)
                }
            default: throw CertificateFailure.unknownPKCS12Encryption()
            }
        }
    }

    /// Only PBKDF2: the memory that scrypt may ask for has no bound that fits into one number.
    private static func derivation(_ node: ASN1Node) throws -> Int {
        try DER.sequence(node, identifier: .sequence) { nodes in
            guard try ASN1ObjectIdentifier(derEncoded: &nodes) == pbkdf2, let parameters = nodes.next() else {
                throw CertificateFailure.unknownPKCS12Encryption()
            }
            return try saltAndRounds(parameters)
        }
    }

    private static func saltAndRounds(_ node: ASN1Node) throws -> Int {
        try DER.sequence(node, identifier: .sequence) { nodes in
            defer { while nodes.next() != nil {} }
            _ = try ASN1OctetString(derEncoded: &nodes)
            let rounds = try Int(derEncoded: &nodes)
            guard rounds > 0 else { throw CertificateFailure.unknownPKCS12Encryption() }
            return rounds
        }
    }
}
