import Automation
import PluginKit
import Storage

/// What people asked of one target, besides a publication.
extension PublicationOpening {
    func prove(_ context: PublicationContext) async throws -> PublicationMember? {
        guard let number = context.watched, context.version(number) != nil else {
            return try await decline(context, RequestRefusal.nothingToProve(context))
        }
        return try await lookOnly(context)
    }

    func clean(_ context: PublicationContext) async throws -> PublicationMember? {
        if context.certificate.isRetired || !PublicationPlanning(outside).isManaged(context) {
            do {
                try await PublicationClean(driver, claimed).clean(context)
                return nil
            } catch {
                return try await decline(
                    context, try StageFailure(classifying: error, step: "clean", journalled: false).failure)
            }
        }
        return try await decline(context, RequestRefusal.inUse(context))
    }

    /// Answers a request with a no: nothing was done at the target, and the schedule goes on by its rules.
    func decline(_ context: PublicationContext, _ failure: PluginFailure) async throws -> PublicationMember? {
        let now = claimed.now
        var after = context
        after.placement.wishesDone = context.wish.asked
        let name = context.certificate.name
        let attempt = AttemptRecord(
            work: claimed.claim.work, certificate: context.certificate.id, target: context.placement.name,
            serves: context.wish.asked, startedAt: now, endedAt: now, outcome: .failed, kind: failure.kind,
            code: failure.code, message: failure.message, remedy: failure.remedy, step: "request")
        let event = claimed.event(
            "request.declined", name, subject: context.placement.name, reason: failure.message,
            detail: ["code": failure.code])
        let planning = PublicationPlanning(outside)
        let isManaged = planning.isManaged(after)
        let next = isManaged ? [planning.plannedRun(after, now: now)?.at, after.nextWatch(outside)] : []
        try await claimed.release(
            until: next.compactMap { $0 }.min(), deadline: planning.deadline(after),
            writes: [.putPlacement(after.placement), .addAttempt(attempt)], events: [event])
        outside.report(
            ProgressNote(
                at: now, kind: .failed, certificate: name, target: context.placement.name, text: failure.message))
        return nil
    }
}
