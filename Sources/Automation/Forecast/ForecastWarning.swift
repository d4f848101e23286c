/// Something that a forecast should make people think about.
public struct ForecastWarning: Sendable, Hashable {
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// The rule means to be late: nothing valid is served for a while.
        case outageByRule = "outage-by-rule"
        /// Nothing valid is served for a while, for want of an open period.
        case outageByWindow = "outage-by-window"
        /// A run comes after its deadline.
        case deadlineMissed = "deadline-missed"
        /// The window stays closed for longer than there is between due time and deadline.
        case gapLongerThanLead = "window-gap"
        /// No open period lies where this life needs one.
        case windowUnusable = "window-unusable"
        /// A stage is switched on, and its window has no open cell.
        case windowNeverOpens = "window-never-opens"
        case fewTries = "few-tries"
        case daysClamped = "days-clamped"
        /// Versions to come live shorter than the current one, as the CA has announced or the profile says.
        case lifeShortens = "life-shortens"
        case issuerEnds = "issuer-ends"
        case renewalOff = "renewal-off"
        case publicationOff = "publication-off"
        /// A person holds a target at what it has.
        case held
        case paused
        case retired
        /// Nothing is tried until a person did something.
        case needsAttention = "needs-attention"
    }

    public var kind: Kind
    public var text: String

    public init(_ kind: Kind, _ text: String) {
        self.kind = kind
        self.text = text
    }
}
