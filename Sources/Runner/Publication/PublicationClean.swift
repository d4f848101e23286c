import Automation
import PluginKit
import Storage

/// Removes from a target that is managed no more what our own publications put there, on request.
struct PublicationClean {
    private let driver: PublicationDriver
    private let claimed: Claimed

    init(_ driver: PublicationDriver, _ claimed: Claimed) {
        self.driver = driver
        self.claimed = claimed
    }

    private var outside: RunnerDependencies { driver.outside }

    /// - Throws: `PluginFailure`: nothing is recorded then, and it can be asked for again.
    func clean(_ context: PublicationContext) async throws {
        let startedAt = claimed.now
        let name = context.certificate.name
        guard let version = context.placement.held?.number ?? context.publications.first?.version else {
            throw PluginFailure(
                .policy, code: "target.nothing-published",
                message: "certflow never published \(name) to \(context.placement.name).",
                remedy: "There is nothing of ours to remove.")
        }
        let prepared = try await DeliveryMaker(outside).prepare(context, version: version)
        let publisher = try await driver.commands.publisher(prepared)
        let delivery = prepared.delivery
        let remarks = try await outside.clock.bounded("Cleaning the target", outside.settings.callLimit) {
            try await publisher.withdraw(delivery)
        }
        var placement = context.placement
        placement.held = nil
        placement.proof = nil
        placement.trouble = nil
        placement.sweepDue = nil
        placement.wishesDone = context.wish.asked
        let attempt = AttemptRecord(
            work: claimed.claim.work, certificate: context.certificate.id, target: placement.name, version: version,
            serves: context.wish.asked, startedAt: startedAt, endedAt: claimed.now, outcome: .succeeded, step: "clean",
            notes: remarks)
        let event = claimed.event(
            "target.cleaned", name, subject: placement.name, detail: ["what": remarks.joined(separator: "; ")])
        try await claimed.release(
            until: nil,
            writes: [
                .putPlacement(placement), .addAttempt(attempt),
                .ownPlaces(placement: placement.id, places: [], takingOver: false),
            ], events: [event])
        for remark in remarks {
            outside.report(
                ProgressNote(
                    at: claimed.now, kind: .note, certificate: name, target: placement.name, text: remark))
        }
    }
}
