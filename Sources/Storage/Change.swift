import Automation
import Foundation

/// One atomic change of the ledger: what is written, what it must still find, and the events that tell of it.
///
/// A value, so that an engine can put many into one transaction, each behind a savepoint of its own, a fault test can
/// number them and a simulation can log them.
public struct Change: Sendable {
    public var writes: [Write]
    /// Written in the same transaction: if an event cannot be written, the change does not happen.
    public var events: [EventDraft]
    /// Ends the claim under whose fence this is committed.
    public var release: Release?

    public init(_ writes: [Write] = [], events: [EventDraft] = [], release: Release? = nil) {
        self.writes = writes
        self.events = events
        self.release = release
    }

    /// What becomes of claimed work. Where somebody scheduled it while it was claimed, the earlier of the two holds.
    public struct Release: Sendable, Hashable {
        public var work: WorkKey
        /// When it is looked at next; nil: when somebody schedules it.
        public var next: DueRecord?

        public init(_ work: WorkKey, next: DueRecord?) {
            self.work = work
            self.next = next
        }
    }

    public enum Write: Sendable {
        /// A new certificate with an empty renewal state; `conflict` where its name or id is taken.
        case addCertificate(CertificateRecord)
        /// `conflict` unless the stored revision is the record's, or where its name is taken; stores it with the next
        /// revision.
        case changeCertificate(CertificateRecord)
        /// With everything that belongs to it but its events. Who holds a lease of its work loses it.
        case removeCertificate(Int64)
        /// Everything but `heldNumber`, which only grows by `noteHeld`. `conflict` where the certificate was removed.
        case putRenewal(RenewalState)
        case noteHeld(certificate: Int64, number: Int)
        /// `conflict` where the number is taken or the certificate was removed.
        case addVersion(VersionRecord, VersionMaterial)
        case markRevoked(certificate: Int64, number: Int, at: Instant)
        /// Forgets the private key of a version.
        case dropKey(certificate: Int64, number: Int)
        /// `conflict` where there is, or ever was, one for the same certificate, predecessor and generation, where
        /// another one is open, or where the certificate was removed.
        case openIntent(IntentRecord)
        /// `conflict` where that intent is not open any more.
        case putIntent(IntentRecord)
        /// `conflict` where another placement has the same certificate, profile and target, or where the certificate
        /// was removed.
        case putPlacement(PlacementRecord)
        /// `conflict` unless the stored revision is the wish's (0 where none is stored); stores it with the next one.
        case putWish(PlacementWish)
        /// Makes these the places that a placement owns. `conflict` where another one owns one of them, unless it is
        /// taken over.
        case ownPlaces(placement: Int64, places: [String], takingOver: Bool)
        case putPublication(PublicationRecord)
        case addAttempt(AttemptRecord)
        /// Sets when work is next looked at. For claimed work it is kept until the claim ends.
        case schedule(DueRecord)
        /// As `schedule`, but never later than it is scheduled already.
        case hasten(DueRecord)
        /// Forgets when work is looked at; claimed work is then looked at again only where its release says so.
        case unschedule(WorkKey)
        /// Moves planned work to other times; what is claimed, or was scheduled otherwise meanwhile, stays. One write
        /// for many, so that an engine can take them in the order of its tables.
        case moveDue([DueMove])
        /// Writes nothing: `conflict` while somebody holds that work, whose records would be overwritten.
        case requireIdle(WorkKey)
        case putSecret(SecretRecord)
        case removeSecret(String)
        /// `conflict` unless the stored value has digest `replacing` (nil: there is none).
        case putPluginState(PluginStateRecord, replacing: Data?)
        case putNotice(NoticeRecord)
        /// `conflict` unless the stored revision is the record's (0 where none is stored); stores it with the next one.
        case putDocument(DocumentRecord)
        case removeDocument(DocumentRecord.Kind, key: String)
        /// All of one owner.
        case removeDocuments(DocumentRecord.Kind, owner: String)
        /// Those that ended before that.
        case removeDocumentsEnded(before: Instant)
        case putMeta(key: String, value: String)
        /// Forgets notices that were sent before that, and attempts that ended before it, of so many that are kept
        /// longest.
        case prune(before: Instant, atMost: Int)
    }
}

/// What became of a change. Only `applied` changed anything.
public enum CommitOutcome: Sendable, Hashable {
    case applied
    /// The claim belongs to somebody else by now: stop.
    case fenceLost
    /// Something it relied on is not so any more; in words.
    case conflict(String)
}
