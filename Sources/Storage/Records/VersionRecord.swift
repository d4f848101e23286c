import Automation
import Foundation
import PluginKit

/// One issued leaf with what belongs to it.
public struct VersionRecord: Hashable, Sendable {
    public enum Source: String, Sendable, Codable { case issued, imported }

    public var certificate: Int64
    /// Counts from 1.
    public var number: Int
    /// The number of the version it replaces; 0 for the first.
    public var predecessor: Int
    public var subjects: [Subject]
    public var fingerprint: Fingerprint
    /// Lower-case hexadecimal.
    public var serial: String
    public var issuerName: String
    public var life: Life
    public var storedAt: Instant
    public var source: Source
    public var keyType: KeyType?
    public var revokedAt: Instant?
    /// What it was asked from.
    public var issuer: String
    /// The renewal rule meant to be late, so its publication has no deadline.
    public var followsLateRule: Bool

    public init(
        certificate: Int64, number: Int, predecessor: Int, subjects: [Subject], fingerprint: Fingerprint,
        serial: String, issuerName: String, life: Life, storedAt: Instant, source: Source, keyType: KeyType?,
        issuer: String, followsLateRule: Bool = false
    ) {
        self.certificate = certificate
        self.number = number
        self.predecessor = predecessor
        self.subjects = subjects
        self.fingerprint = fingerprint
        self.serial = serial
        self.issuerName = issuerName
        self.life = life
        self.storedAt = storedAt
        self.source = source
        self.keyType = keyType
        self.issuer = issuer
        self.followsLateRule = followsLateRule
    }

    public func facts(certificate name: String) -> VersionFacts {
        VersionFacts(
            certificate: name, number: number, subjects: subjects.map(\.description), fingerprint: fingerprint,
            serial: serial, notBefore: life.notBefore.date, notAfter: life.notAfter.date)
    }
}

/// The bytes of one version: its chain, and its key under seal.
public struct VersionMaterial: Hashable, Sendable {
    /// DER, leaf first.
    public var chain: [Data]
    /// PKCS#8 DER, sealed; nil once it was dropped, or where it never came to us.
    public var sealedKey: Data?

    public init(chain: [Data], sealedKey: Data?) {
        self.chain = chain
        self.sealedKey = sealedKey
    }
}
