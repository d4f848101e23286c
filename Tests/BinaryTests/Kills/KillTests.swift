import FaultKit
import Foundation
import TestPeers
import Testing

/// The built program, killed before and after each call that changes something, until a run ends unharmed; then what a
/// later run makes of it.
@Suite("Kills", .serialized)
struct KillTests {
    @Test("of the first issue and publication: nothing lost, nothing twice, what readers see is whole")
    func firstIssue() async throws {
        try await KilledJob.firstIssue.kills()
    }

    @Test("of a renewal and its publication over an older version: as before, and readers always find a set")
    func renewal() async throws {
        try await KilledJob.renewal.kills()
    }

    @Test("of a publication that its test refuses: what was there before is back, whole, at the end")
    func refusal() async throws {
        try await KilledJob.refused.kills()
    }

    @Test("of a rollback by hand: one whole version or the other, and once it was heard, the older one")
    func rollbackByHand() async throws {
        try await KilledJob.rollback.kills()
    }

    @Test("of a sweep: what is in place and what is kept stays, and the rest is gone at the end")
    func sweep() async throws {
        try await KilledJob.sweep.kills()
    }

    @Test("at 300 random calls", arguments: KilledJob.all)
    func random(job: KilledJob) async throws {
        try await job.randomKills(300 / KilledJob.all.count, seed: 20_270_309)
    }

    @Test("of `init`: the next one finishes what was begun")
    func initialisation() async throws {
        try await KilledInit.kills()
    }
}
