import Automation
import Foundation
import PluginKit
import Storage

/// One placement among those that are published together on a target: where it stands while the driver works.
struct PublicationMember {
    let claimed: Claimed
    var context: PublicationContext
    let prepared: PreparedDelivery
    /// The record as it was last committed, or will be.
    var publication: PublicationRecord
    var machine: PublicationMachine
    let cause: Cause
    let startedAt: Instant
    /// Which request of a person it serves (`PlacementWish.asked`).
    let serves: Int?
    /// It only goes on with a rollback that an earlier try began and could not end.
    let resumesRollback: Bool
    /// Shared with the plug-in's journal: its entries change the record.
    let record: Held<PublicationRecord>
    let journal: LeaseJournal
    var failure: StageFailure?
    var finding: TargetProof.Finding?
    /// The lease was lost: nothing more is done.
    var isThrough = false
    /// The runner ends before the last step: the next start goes on from here.
    var isSuspended = false

    var name: String { context.certificate.name }
    var place: String { context.placement.name }

    /// What the target held before: what a rollback returns to.
    var before: PlacementRecord.Held? { context.placement.held }

    /// Whether what was there before may come back: never to something expired or revoked.
    func mayRestore(at now: Instant) -> Bool {
        guard let before, before.life.isValid(at: now) else { return false }
        guard let number = before.number else { return true }
        return context.version(number).map { $0.revokedAt == nil } ?? true
    }

    init(
        _ claimed: Claimed, _ context: PublicationContext, _ prepared: PreparedDelivery, resuming: PublicationRecord?,
        cause: Cause, isLastResort: Bool, tell: @escaping @Sendable (String) -> Void
    ) {
        self.claimed = claimed
        self.context = context
        self.prepared = prepared
        self.cause = cause
        startedAt = claimed.now
        serves = context.request(servedBy: prepared.version.number, cause, at: claimed.now)
        resumesRollback = resuming?.state == .rollingBack
        let publication =
            resuming
            ?? PublicationRecord(
                placement: context.placement.id, sequence: context.placement.sequence + 1,
                version: prepared.version.number, delivery: prepared.delivery.id, cause: cause,
                isLastResort: isLastResort, startedAt: startedAt)
        self.publication = publication
        let profile = prepared.profile
        machine = PublicationMachine(
            state: publication.state, failedStep: publication.failedStep,
            steps: PublicationMachine.Steps(
                test: profile.test != nil, reload: profile.reload != nil, prove: profile.proof != nil,
                rollback: profile.rollsBack))
        let record = Held(publication)
        self.record = record
        let (name, place) = (context.certificate.name, context.placement.name)
        journal = LeaseJournal(
            write: { step, handle in
                // What is put back by publishing it is another version: until it is there this one stays half rolled
                // back, to be undone by its own handle.
                var isAnothers = false
                let changed = record.update { record in
                    isAnothers = record.state == .rollingBack && step != .restored
                    guard !isAnothers else { return }
                    record.step = step
                    record.handle = handle
                    switch step {
                    case .staged: record.state = .staged
                    case .switched: record.state = .switched
                    default: break
                    }
                }
                let event = claimed.event(
                    "publication.\(step.rawValue)", name, subject: place,
                    detail: ["version": String(changed.version)])
                try await claimed.commit(Change([.putPublication(changed)], events: isAnothers ? [] : [event]))
            }, tell: tell)
    }

    /// The delivery with the newest journal entry of an earlier try.
    var delivery: Delivery {
        var delivery = prepared.delivery
        delivery.resuming = record.current.handle
        return delivery
    }
}
