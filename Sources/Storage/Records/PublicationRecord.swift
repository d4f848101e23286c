import Automation
import Foundation
import PluginKit

/// The publication of one version to one placement: from waiting to serving, with what is needed to undo it.
public struct PublicationRecord: Hashable, Sendable {
    public var placement: Int64
    /// Counts the publications of one placement from 1.
    public var sequence: Int
    public var version: Int
    public var state: PublicationState
    public var failedStep: PublicationMachine.Step?
    /// Identifies all that is rendered (`Delivery.id`).
    public var delivery: String
    public var step: Step?
    /// The newest journal entry of the plug-in.
    public var handle: Handle?
    /// What the plug-in did, once it ended well.
    public var receipt: Receipt?
    public var cause: Cause
    /// It ran outside the window, as the flow's last resort says.
    public var isLastResort: Bool
    public var startedAt: Instant
    public var endedAt: Instant?

    public init(
        placement: Int64, sequence: Int, version: Int, delivery: String, cause: Cause, isLastResort: Bool,
        startedAt: Instant
    ) {
        self.placement = placement
        self.sequence = sequence
        self.version = version
        state = .waiting
        self.delivery = delivery
        self.cause = cause
        self.isLastResort = isLastResort
        self.startedAt = startedAt
    }
}
