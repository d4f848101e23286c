import Automation

/// One of the three facts of a certificate as tables show it: a shape with its words and a second line.
public struct Mark: Hashable, Sendable {
    /// The vocabulary of states; each has a shape and a colour of its own.
    public enum Kind: String, Sendable, CaseIterable {
        case needsPerson = "needs-person"
        /// Tried again by itself, or an older version is still there and valid.
        case retrying
        case rolledBack = "rolled-back"
        case running, waiting, held
        case notProved = "not-proved"
        case off, done
    }

    public var kind: Kind
    /// "version 7", "1 of 4 failed"
    public var words: String
    /// The second line; empty where nothing is to be added.
    public var note: String

    public init(_ kind: Kind, _ words: String, _ note: String = "") {
        self.kind = kind
        self.words = words
        self.note = note
    }
}

/// What is being done to a certificate at this moment.
public struct Activity: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static let renewing = Activity(rawValue: 1)
    /// A target is published to, or looked at where all of them hold the current version.
    public static let publishing = Activity(rawValue: 2)
}

/// The three facts of one certificate. Never merged: each is shown by itself.
public struct Marks: Hashable, Sendable {
    public var renewed: Mark
    public var published: Mark
    public var serving: Mark

    public init(_ figures: StandingFigures, activity: Activity = [], zone: Zone, at now: Instant) {
        renewed = figures.renewed(activity, zone, now)
        published = figures.published(activity, zone, now)
        serving = figures.serving(activity, now)
    }
}
