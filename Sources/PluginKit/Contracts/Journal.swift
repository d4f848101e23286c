/// A stage of work that a crash may interrupt: what is recorded tells the next run where to go on.
public enum Step: String, Codable, Sendable, CaseIterable {
    // publishers
    case staged, switched, restored, swept
    // issuers and challenges
    case prepared, ordered, presented, finalizing
}

/// The durable memory of one attempt.
public protocol Journal: Sendable {
    /// Durable when it returns. Throws when this runner lost its lease, and then the plug-in must stop.
    func record(_ step: Step, _ handle: Handle) async throws
    /// Progress for people: not durable, redacted by the host.
    func note(_ text: String)
}
