import Automation
import Foundation
import PluginKit

/// One certificate on one target of one profile: what it holds, and how its publication goes. Only the holder of its
/// lease writes it.
public struct PlacementRecord: Hashable, Sendable {
    public var id: Int64
    public var certificate: Int64
    public var profile: String
    public var target: String
    public var createdAt: Instant
    /// What the target holds, by the last proof or inspection.
    public var held: Held?
    /// The sequence number of its newest publication; 0 before the first.
    public var sequence: Int
    public var proof: ProofRecord?
    public var trouble: Trouble?
    /// How far the wishes of people have been served (`PlacementWish`).
    public var wishesDone: Int
    /// When old versions on the target are swept.
    public var sweepDue: Instant?
    /// The newest version for which people were asked whether to publish outside the window.
    public var askedFor: Int

    public struct Held: Hashable, Sendable, Codable {
        /// Our version; nil for something foreign.
        public var number: Int?
        public var fingerprint: Fingerprint
        public var life: Life
        /// Identifies all that was rendered there (`Delivery.id`); nil for what we did not publish.
        public var delivery: String?
        public var since: Instant

        public init(number: Int?, fingerprint: Fingerprint, life: Life, delivery: String?, since: Instant) {
            self.number = number
            self.fingerprint = fingerprint
            self.life = life
            self.delivery = delivery
            self.since = since
        }
    }

    public init(id: Int64, certificate: Int64, profile: String, target: String, createdAt: Instant) {
        self.id = id
        self.certificate = certificate
        self.profile = profile
        self.target = target
        self.createdAt = createdAt
        sequence = 0
        wishesDone = 0
        askedFor = 0
    }

    /// "profile/target"
    public var name: String { "\(profile)/\(target)" }
}

/// The last look at what a target serves.
public struct ProofRecord: Hashable, Sendable, Codable {
    public enum Outcome: String, Sendable, Codable {
        case serving
        /// It shows something else.
        case different
        /// It could not be looked at.
        case unreachable
    }

    public var outcome: Outcome
    public var at: Instant
    /// What was seen, where it was not what was expected.
    public var lines: [String]

    public init(outcome: Outcome, at: Instant, lines: [String] = []) {
        self.outcome = outcome
        self.at = at
        self.lines = lines
    }
}

/// What people want of one placement. The runner reads it and counts in `PlacementRecord.wishesDone` how far it got.
public struct PlacementWish: Hashable, Sendable, Codable {
    public enum Deed: Hashable, Sendable, Codable {
        /// Publish what is wanted, now.
        case publish
        /// Back to an older version.
        case rollback(to: Int?)
        case prove
        /// Remove what we put on a target that is managed no more.
        case clean
    }

    public struct Hold: Hashable, Sendable, Codable {
        /// Ends with the next version, or only by `resume`.
        public var untilReleased: Bool
        /// The newest version when it began: a newer one ends it, where `untilReleased` is false.
        public var newest: Int
        public var by: String
        public var reason: String
        public var since: Instant

        public init(untilReleased: Bool, newest: Int, by: String, reason: String, since: Instant) {
            self.untilReleased = untilReleased
            self.newest = newest
            self.by = by
            self.reason = reason
            self.since = since
        }
    }

    public var placement: Int64
    /// Grows with each deed that is asked for.
    public var asked: Int
    public var deed: Deed?
    public var by: String
    public var reason: String
    /// The same for all placements that were asked for at once: they go through the rollout of their profile.
    public var batch: Int64
    public var hold: Hold?
    /// `publish --at`
    public var notSooner: Instant?
    /// The answer to "Ask me", for the version it was given for.
    public var answer: LastResort?
    public var answerFor: Int
    /// The place may be taken from its present owner, by the deed that is asked for.
    public var takesOver: Bool
    /// Grows with every change, so that two people cannot overwrite each other.
    public var revision: Int64

    public init(placement: Int64) {
        self.placement = placement
        asked = 0
        by = ""
        reason = ""
        batch = 0
        answerFor = 0
        takesOver = false
        revision = 0
    }
}
