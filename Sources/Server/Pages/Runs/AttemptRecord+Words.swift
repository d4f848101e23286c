import Automation
import Storage

extension AttemptRecord {
    /// What was done, where it succeeded.
    var deed: String {
        switch (work.kind, step) {
        case (.renewal, _): "renewed"
        case (_, PublicationMachine.Step.prove.rawValue): "proved"
        case (_, PublicationMachine.Step.rollback.rawValue): "rolled back"
        case (_, "clean"): "withdrawn"
        default: "published"
        }
    }
}
