import Foundation
import PluginKit
import Storage

/// A failure of a stage, classified once: what retries, alerts and the history need.
struct StageFailure: Error {
    var failure: PluginFailure
    /// The step that failed: "begin", "publish", "test".
    var step: String
    /// What a command printed.
    var output: String?

    init(_ failure: PluginFailure, step: String, output: String? = nil) {
        self.failure = failure
        self.step = step
        self.output = output
    }

    /// Classifies whatever a plug-in or a tool threw (DESIGN.md, section 5).
    ///
    /// - Parameter journalled: whether the plug-in had recorded a step: then an end without a word is an unknown outcome.
    /// - Throws: what is no failure of the stage: a lost lease, a closed ledger, a runner that ends.
    init(classifying error: any Error, step: String, journalled: Bool) throws {
        switch error {
        case let known as StageFailure: self = known
        case let failure as PluginFailure: self.init(failure, step: step)
        case let stop as WorkStopped: throw stop
        case let storage as StorageError where storage.code == .closed: throw storage
        case let storage as StorageError:
            self.init(
                PluginFailure(
                    .transient, code: storage.code.rawValue, message: storage.message, remedy: storage.remedy),
                step: step)
        // Where the runner itself ends, what was recorded stands, and the next one goes on from it.
        case is CancellationError where !journalled || Task.isCancelled: throw WorkStopped.cancelled
        default:
            self.init(
                PluginFailure(
                    journalled ? .unknownOutcome : .bug, code: journalled ? "stage.cut-off" : "stage.unexpected",
                    message: "The step \(step) ended unexpectedly: \(error).",
                    remedy: journalled
                        ? "What it did is looked at before anything is tried again."
                        : "It is tried again; please report it with this text."), step: step)
        }
    }
}

/// Why a driver lets go of its work without an outcome.
enum WorkStopped: Error {
    /// The lease is somebody else's by now.
    case leaseLost
    /// The runner is ending.
    case cancelled
}

extension PluginFailure {
    static func secretMissing(_ name: String) -> Self {
        Self(
            .configuration, code: "secret.missing", message: "There is no secret \"\(name)\".",
            remedy: "Store it with `certflow secret set \(name)`.")
    }

    static func profileMissing(_ kind: String, _ name: String) -> Self {
        Self(
            .configuration, code: "profile.missing", message: "There is no valid \(kind) profile \"\(name)\".",
            remedy: "See `certflow profile list` and `certflow profile check \(name)`; mend the file or the flow.")
    }

    static func backendMissing(_ name: String) -> Self {
        Self(
            .configuration, code: "profile.backend-missing", message: "There is no backend \"\(name)\".",
            remedy: "See `certflow profile list --backends`.")
    }

    static func tookTooLong(_ what: String, _ limit: String) -> Self {
        Self(
            .transient, code: "stage.timed-out", message: "\(what) did not end within \(limit).",
            remedy: "See whether the other side hangs; it is tried again.")
    }
}
