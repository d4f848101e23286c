/// Where the publication of one version to one target stands.
public enum PublicationState: String, Sendable, Hashable, Codable, CaseIterable {
    case waiting
    /// Written beside what is served.
    case staged
    /// In the place that is read.
    case switched
    case tested
    case reloaded
    /// Proved to be served.
    case serving
    /// Published, but the profile has no proof.
    case notChecked = "not-checked"
    /// Being put back after a failed test, reload or proof.
    case rollingBack = "rolling-back"
    case rolledBack = "rolled-back"
    case failed
    case superseded
    case needsAttention = "needs-attention"

    /// Whether no step is left.
    public var isFinal: Bool {
        switch self {
        case .serving, .notChecked, .rolledBack, .superseded, .failed, .needsAttention: true
        case .waiting, .staged, .switched, .tested, .reloaded, .rollingBack: false
        }
    }

    /// Whether the target holds the version.
    public var isHeld: Bool {
        switch self {
        case .switched, .tested, .reloaded, .serving, .notChecked: true
        default: false
        }
    }

    public var words: String {
        switch self {
        case .notChecked: "published, not checked"
        case .rollingBack: "rolling back"
        case .rolledBack: "rolled back"
        case .needsAttention: "needs attention"
        default: rawValue
        }
    }
}

/// The publication stage as a value: takes what happened, says what to do next.
public struct PublicationMachine: Sendable, Hashable {
    /// Which steps the profile asks for.
    public struct Steps: Sendable, Hashable {
        public var test: Bool
        public var reload: Bool
        public var prove: Bool
        /// What follows a failed test, reload or proof.
        public var rollback: Bool

        public init(test: Bool, reload: Bool, prove: Bool, rollback: Bool) {
            self.test = test
            self.reload = reload
            self.prove = prove
            self.rollback = rollback
        }
    }

    public enum Step: String, Sendable, Hashable, Codable { case publish, test, reload, prove, rollback }

    public enum Action: Sendable, Hashable {
        case publish
        case test
        case reload
        case prove
        /// Put back what was there.
        case restore
        /// Make the service read what was put back, and look whether it serves.
        case reloadRestored
        case proveRestored
        case finish
    }

    public enum Event: Sendable, Hashable {
        case published
        case passed
        /// The step that is asked for failed.
        case failed
        /// What was there before may not come back: it is expired or revoked, or there was nothing.
        case cannotRestore
    }

    public private(set) var state: PublicationState
    /// The step that made it fail or roll back.
    public private(set) var failedStep: Step?
    private let steps: Steps
    private var restoring: Restoring
    /// Whether the service may have read what was switched. After a crash it may, unless its test had failed by then.
    private var mayBeRead: Bool

    private enum Restoring: Sendable, Hashable { case no, files, reload, proof }

    /// - Parameter state: as stored; a crash goes on from there.
    public init(state: PublicationState = .waiting, failedStep: Step? = nil, steps: Steps) {
        self.state = state
        self.failedStep = failedStep
        self.steps = steps
        restoring = state == .rollingBack ? .files : .no
        // A failed test comes before any reload; of everything else a crash may have hidden one.
        mayBeRead = state != .waiting && state != .staged && !(state == .rollingBack && failedStep == .test)
    }

    /// Begins anew, once what was switched was taken out again.
    public mutating func startOver() {
        state = .waiting
        failedStep = nil
        restoring = .no
    }

    /// Whether what was there before is in its place again, however its reload and proof went.
    public var isPutBack: Bool { restoring == .reload || restoring == .proof }

    public var action: Action {
        switch state {
        case .waiting, .staged: .publish
        case .switched: steps.test ? .test : steps.reload ? .reload : steps.prove ? .prove : .finish
        case .tested: steps.reload ? .reload : steps.prove ? .prove : .finish
        case .reloaded: steps.prove ? .prove : .finish
        case .rollingBack:
            switch restoring {
            case .no, .files: .restore
            case .reload: .reloadRestored
            case .proof: .proveRestored
            }
        case .serving, .notChecked, .rolledBack, .failed, .superseded, .needsAttention: .finish
        }
    }

    /// Applies what came of `action`.
    public mutating func handle(_ event: Event) {
        switch (action, event) {
        case (.publish, .published): advance(to: .switched)
        case (.publish, _): fail(.publish)
        case (.test, .passed): advance(to: .tested)
        case (.test, _): fail(.test)
        case (.reload, .passed):
            mayBeRead = true
            advance(to: .reloaded)
        case (.reload, _):
            mayBeRead = true
            fail(.reload)
        case (.prove, .passed): state = .serving
        case (.prove, _): fail(.prove)
        case (.restore, .passed):
            restoring = .reload
            if !steps.reload {
                handle(.passed)
            } else if !mayBeRead {
                // A service that never read it serves what it did: a reload beside a broken configuration could only
                // harm it, and a proof would hold something else against this version.
                state = .rolledBack
            }
        case (.restore, .cannotRestore): state = .needsAttention
        // Not put back yet: the next try goes on with it, for a rollback never waits.
        case (.restore, _): break
        case (.reloadRestored, .passed):
            restoring = .proof
            if !steps.prove { handle(.passed) }
        case (.proveRestored, .passed): state = .rolledBack
        // What was put back does not serve either: a person has to look.
        case (.reloadRestored, _), (.proveRestored, _): state = .needsAttention
        case (.finish, _): break
        }
    }

    private mutating func advance(to next: PublicationState) {
        state = next
        if action == .finish, !state.isFinal { state = .notChecked }
    }

    private mutating func fail(_ step: Step) {
        failedStep = step
        guard steps.rollback, step != .publish else {
            state = .failed
            return
        }
        state = .rollingBack
        restoring = .files
    }
}
