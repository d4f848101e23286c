import FaultKit
import Foundation
import Testing

/// The built program on a disk that is full, fails, or takes half of a write.
@Suite("A disk that fails", .serialized)
struct DiskFaultTests {
    @Test(
        "at any write or sync: published is never said when it is not, and a later run repairs it",
        arguments: [KilledJob.firstIssue, .renewal])
    func everyCall(job: KilledJob) async throws {
        try await StagePair.with(job.prepare) { stages in
            let matrix = FaultMatrix { scene in
                try stages[scene].reset()
                return try stages[scene].command(["run"], at: job.clock)
            } check: { scene, outcome in
                try await check(stages[scene], job, outcome)
            }
            let report = try await matrix.errors(
                at: [.write, .fsync, .fdatasync], every: Thoroughness.errorStride, of: Thoroughness.many)
            #expect(report.failures.isEmpty && report.coverage == 1, "\(report)")
        }
    }

    private func check(_ stage: Stage, _ job: KilledJob, _ outcome: FaultOutcome) async throws {
        let left = try LedgerSnapshot(stage)
        try left.requireTold(outcome.output)
        for layout in Stage.layouts {
            let set = try PublishedSet.read(stage, layout, mayStraddle: layout == "flat")
            if set == nil, job.versionsBefore > 0 { throw Wrong("readers of \(layout) find nothing") }
            guard let number = left.held[layout] else { continue }
            guard let set, left.versions.values.contains(set.fingerprint) || number == 0 else {
                throw Wrong("\(layout) is recorded to hold version \(number), and does not")
            }
        }
        // Failed steps are tried again after a minute, and those of a database that failed at the next start.
        let later = job.clock + .seconds(3600)
        let again = try await stage.command(["run"], at: later).run()
        guard again.ending == .exited(0) else {
            throw Wrong("the later run \(again.ending): \(again.errors)\(again.output)")
        }
        try left.requireKept(in: LedgerSnapshot(stage))
        let trace = outcome.trace.followed(by: again.trace)
        let violations = trace.violations(of: DurabilityRules.alsoWhereSyncsFail)
        guard violations.isEmpty else { throw Wrong("\(violations)") }
        try await LedgerCheck(stage, at: later).check(versions: job.versionsAfter)
    }
}
