import Crypto
import Foundation
import SwiftASN1
import X509

/// Roots, an intermediate below each, and what they sign.
struct SmallAuthority {
    /// The first is that of the chain offered first; all have signed the same key of the intermediate.
    let roots: [SigningParty]
    let intermediates: [SigningParty]
    private let stranger: SigningParty

    init(alternates: Int, now: Date) throws {
        let life = now.addingTimeInterval(-86_400)..<now.addingTimeInterval(20 * 365 * 86_400)
        let roots = try (0...alternates).map { number in
            try SigningParty(root: number == 0 ? "Hostile root" : "Hostile alternate root \(number)", life)
        }
        let first = try SigningParty("Hostile intermediate", under: roots[0], key: nil, life)
        let others = try roots.dropFirst().map {
            try SigningParty("Hostile intermediate", under: $0, key: first.key, life)
        }
        self.roots = roots
        intermediates = [first] + others
        stranger = try SigningParty("Hostile intermediate", under: roots[0], key: nil, life)
    }

    /// Signs a leaf, with a flaw where one is wanted.
    func leaf(
        _ names: [Identifier], for key: Certificate.PublicKey, _ life: Range<Date>, _ flaw: CertificateFlaw?
    ) throws -> Certificate {
        let length = life.upperBound.timeIntervalSince(life.lowerBound)
        let elsewhere = Identifier("dns", "elsewhere.example")
        switch flaw {
        case .anotherKey:
            let other = Certificate.PrivateKey(P256.Signing.PrivateKey()).publicKey
            return try intermediates[0].issue(names, for: other, life)
        case .anotherName: return try intermediates[0].issue([elsewhere], for: key, life)
        case .missingName: return try intermediates[0].issue(Array(names.dropLast()), for: key, life)
        case .extraName: return try intermediates[0].issue(names + [elsewhere], for: key, life)
        case .expired:
            let past = life.lowerBound.addingTimeInterval(-length - 1)..<life.lowerBound.addingTimeInterval(-1)
            return try intermediates[0].issue(names, for: key, past)
        case .notYetValid:
            let future = life.upperBound..<life.upperBound.addingTimeInterval(length)
            return try intermediates[0].issue(names, for: key, future)
        case .brokenChain: return try stranger.issue(names, for: key, life)
        default: return try intermediates[0].issue(names, for: key, life)
        }
    }

    /// What is sent for a leaf (RFC 8555, 9.1).
    /// - Parameter alternate: which of the chains, from 0.
    func chain(_ leaf: Certificate, alternate: Int, _ flaw: CertificateFlaw?) throws -> Data {
        let leaf = try leaf.serializeAsPEM().pemString + "\n"
        let intermediate =
            try intermediates[alternate % intermediates.count].certificate.serializeAsPEM().pemString + "\n"
        let text: String
        switch flaw {
        case .leafLast: text = intermediate + leaf
        case .hugeChain: text = leaf + String(repeating: intermediate, count: (5 << 20) / intermediate.utf8.count + 1)
        case .empty: text = ""
        case .notPEM: text = "<html>no certificate here</html>\n"
        case .notDER: text = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n" + intermediate
        case .privateKeyInside:
            text = leaf + P256.Signing.PrivateKey().pemRepresentation + "\n" + intermediate
        default: text = leaf + intermediate
        }
        return Data(text.utf8)
    }
}
