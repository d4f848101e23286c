import Automation
import Foundation
import PluginKit

/// The decision to obtain one version: stored with its sealed key before anybody is asked.
///
/// At most one per (certificate, predecessor, generation), for ever: that is what keeps a certificate from being
/// issued twice.
public struct IntentRecord: Hashable, Sendable {
    public enum Standing: String, Sendable, Codable { case open, stored, abandoned }

    public var certificate: Int64
    /// The number of the version it replaces; 0 for the first.
    public var predecessor: Int
    public var generation: Int
    public var standing: Standing
    public var phase: RenewalRecord.Intent.Phase
    /// What it asks for: SHA-256 over subjects, key policy and issuer.
    public var requestDigest: Data
    /// PKCS#8 DER, sealed; emptied when the intent is closed.
    public var sealedKey: Data
    public var issuer: String
    public var subjects: [Subject]
    /// The issuer's own handle, once it was asked.
    public var step: Step?
    public var handle: Handle?
    public var pendingUntil: Instant?
    public var openedAt: Instant
    public var cause: Cause
    /// `CertificateRecord.renewalsAsked` and `reissuesAsked` when it was opened: what it serves.
    public var renewalsAsked: Int
    public var reissuesAsked: Int

    public init(
        certificate: Int64, predecessor: Int, generation: Int, requestDigest: Data, sealedKey: Data, issuer: String,
        subjects: [Subject], openedAt: Instant, cause: Cause, renewalsAsked: Int, reissuesAsked: Int
    ) {
        self.certificate = certificate
        self.predecessor = predecessor
        self.generation = generation
        standing = .open
        phase = .opened
        self.requestDigest = requestDigest
        self.sealedKey = sealedKey
        self.issuer = issuer
        self.subjects = subjects
        self.openedAt = openedAt
        self.cause = cause
        self.renewalsAsked = renewalsAsked
        self.reissuesAsked = reissuesAsked
    }

    /// Names the intent to issuers: the same intent always has the same id.
    public var id: String { "\(certificate)/\(predecessor == 0 ? "none" : String(predecessor))/\(generation)" }
}
