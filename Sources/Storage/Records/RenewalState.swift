import Automation

/// What the runner knows about the renewal stage of one certificate. Only the holder of its lease writes it.
public struct RenewalState: Hashable, Sendable {
    public var certificate: Int64
    /// The number of the newest version; 0 before the first.
    public var current: Int
    public var life: Life?
    public var storedAt: Instant?
    public var issuedHere: Bool
    /// When we learnt that the current version was revoked.
    public var revokedAt: Instant?
    public var advice: RenewalSituation.CAWindow?
    /// When the CA is next asked for advice.
    public var adviceDue: Instant?
    /// Where the CA explains an advice that is unlike its usual one (RFC 9773, 4.2): a URL, shown as it came.
    public var adviceExplanation: String?
    /// When an early request of the CA was last followed, and for which version.
    public var earlyFollowedAt: Instant?
    public var earlyFollowedVersion: Int
    /// Intents for the present predecessor: grows only by a person's force, a revocation or changed subjects.
    public var generation: Int
    /// How far `CertificateRecord.renewalsAsked` and `reissuesAsked` have been served.
    public var renewalsDone: Int
    public var reissuesDone: Int
    /// Why the schedule does not renew this version again: the issuer cannot bring a later end.
    public var barred: String?
    public var trouble: Trouble?
    /// The newest version that any target ever held; 0 where none did. Written by publications, only ever upwards.
    public var heldNumber: Int

    public init(certificate: Int64) {
        self.certificate = certificate
        current = 0
        issuedHere = true
        earlyFollowedVersion = 0
        generation = 0
        renewalsDone = 0
        reissuesDone = 0
        heldNumber = 0
    }
}
