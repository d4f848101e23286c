import Automation
import PluginKit
import Storage

/// What a publication by hand would find and do at one target.
public struct PublicationOutlook: Sendable {
    public enum Effect: String, Sendable {
        /// Something new is put there.
        case publishes
        /// All of it is there already: nothing is written, but the service is reloaded and proved.
        case unchanged
        case refused
        /// It could not be told: the target could not be looked at.
        case unknown
    }

    /// What happens by itself.
    public enum Schedule: Sendable {
        case planned(PlannedRun)
        /// The target holds it.
        case nothingToDo
        /// No period of the window is ever open for it.
        case never
        case resting(Wanted.Reason)
        case paused(Pause)
        /// It needs attention.
        case stuck(Trouble)
    }

    public let context: PublicationContext
    /// What would be put there; nil where nothing would.
    public internal(set) var version: VersionRecord?
    /// What it takes; nil where it can't be rendered.
    public internal(set) var rendering: Rehearsal.Rendering?
    /// Of publishers that write files.
    public internal(set) var files: [ComparedFile] = []
    /// What the publisher found; nil where it could not look.
    public internal(set) var presence: Presence?
    /// The certificate that it found.
    public internal(set) var found: PlacementRecord.Held?
    /// What the endpoint of the proof serves, compared with `version`; nil where the profile names none.
    public internal(set) var served: ProofRecord?
    /// The certificate that is served, where it could be read.
    public internal(set) var shown: PlacementRecord.Held?
    /// Targets that come first by the rollout.
    public internal(set) var goesAfter: [String] = []
    public internal(set) var schedule: Schedule?
    public internal(set) var findings: [CheckReport.Finding] = []
    /// Why it would not be published.
    public internal(set) var refusals: [PluginFailure] = []
    /// Why it could not be looked at.
    public internal(set) var failure: PluginFailure?

    init(_ context: PublicationContext) { self.context = context }

    /// What the target holds by our record.
    public var recorded: PlacementRecord.Held? { context.placement.held }

    public var effect: Effect {
        if failure != nil { return .unknown }
        guard refusals.isEmpty, let version else { return .refused }
        guard rendering?.isHeld == true, found.map({ $0.fingerprint == version.fingerprint }) ?? !files.isEmpty else {
            return .publishes
        }
        return !files.contains { $0.change == .new || $0.change == .changed } ? .unchanged : .publishes
    }
}

extension PublicationContext {
    /// As it would be if a person had asked for a publication now.
    func asked(takingOver: Bool) -> PublicationContext {
        var context = self
        context.wish.asked = max(wish.asked, placement.wishesDone) + 1
        context.wish.deed = .publish
        context.wish.notSooner = nil
        context.wish.takesOver = takingOver
        context.wish.hold = nil
        return context
    }
}
