import FaultKit
import Foundation
import TestPeers
import Testing

/// The files as a power loss could leave them, at any moment of a run: rebuilt from its trace without what was not
/// synced.
@Suite("Power loss", .serialized)
struct PowerLossTests {
    @Test("at any moment of a run leaves what was told, and the next run goes on from there", arguments: KilledJob.all)
    func anyMoment(job: KilledJob) async throws {
        try await withStage(job.prepare) { stage in
            let trace = try await job.unharmed(on: stage).trace
            let failures = try await job.failures(of: trace, on: stage, images: Thoroughness.images)
            #expect(failures.isEmpty, "\(failures.joined(separator: "\n"))")
        }
    }

    @Test(
        "is why each sync is there: with any one left out, a rule is broken or an image fails",
        arguments: KilledJob.all)
    func eachSync(job: KilledJob) async throws {
        try await withStage(job.prepare) { stage in
            let trace = try await job.unharmed(on: stage).trace
            let rules = job.rules
            try #require(trace.violations(of: rules).isEmpty)
            var missedByNobody: [String] = []
            let own = trace.calls.filter { $0.name == .fsync && $0.succeeded && trace.hasChanges(for: $0) }
            var cases = own.map { call in
                // The directory above both targets is synced for each of them.
                ("\(call)", trace.removing { $0.begin == call.begin || call.role == "tls" && $0.label == call.label })
            }
            // SQLite's own syncs follow from one setting, and are left out together. Nothing of a sweep rests on them.
            if job.versionsAfter > job.versionsBefore {
                cases.append(("fdatasync wal", trace.removing(syncsLabelled: "fdatasync wal")))
            }
            for (name, without) in cases where without.violations(of: rules).isEmpty {
                let failures = try await job.failures(of: without, on: stage, images: Thoroughness.images)
                if failures.isEmpty { missedByNobody.append(name) }
            }
            #expect(own.count >= 2)
            #expect(missedByNobody.isEmpty, "\(missedByNobody.joined(separator: "\n"))")
        }
    }

    @Test("at any moment of `init` leaves a home that the next one finishes, and once it was told, a whole one")
    func initialisation() async throws {
        try await withStage({ _ in }) { stage in
            let outcome = try await stage.command(["init"]).run()
            #expect(outcome.ending == .exited(0), "\(outcome.errors)")
            let failures = try await outcome.trace.failures(on: stage, images: Thoroughness.images) { said in
                let isTold = said.contains("Made the home")
                if !isTold { try await stage.program().succeed("init") }
                try await stage.makePublished()
                try await LedgerCheck(stage).check(versions: 1)
            }
            #expect(failures.isEmpty, "\(failures.joined(separator: "\n"))")
        }
    }
}

extension KilledJob {
    /// The trace of a run that comes to its end.
    fileprivate func unharmed(on stage: Stage) async throws -> FaultOutcome {
        try stage.reset()
        let outcome = try await stage.command(command, at: clock).run()
        #expect(endings.contains(outcome.ending), "\(outcome.errors)")
        return outcome
    }

    fileprivate func failures(of trace: Trace, on stage: Stage, images: Int) async throws -> [String] {
        try await trace.failures(on: stage, images: images) { said in
            for layout in Stage.layouts {
                let set = try PublishedSet.read(stage, layout, mayStraddle: layout == "flat")
                if set == nil, versionsBefore > 0 { throw Wrong("readers of \(layout) find nothing") }
            }
            let left = try LedgerSnapshot(stage)
            try left.requireTold(said)
            let again = try await stage.command(["run"], at: clock).run()
            guard endings.contains(again.ending) else {
                throw Wrong("the next run \(again.ending): \(again.errors)")
            }
            try left.requireKept(in: LedgerSnapshot(stage))
            try await LedgerCheck(stage, at: clock).check(versions: versionsAfter)
        }
    }
}

extension Trace {
    /// Whether this run changed anything that the sync is to make durable, since the sync before. One that only makes
    /// up for an earlier run shows in the kills.
    fileprivate func hasChanges(for sync: TracedCall) -> Bool {
        let earlier = calls.filter { $0.happens(before: sync) && $0.succeeded }
        let last = earlier.last { $0.isSync && $0.path == sync.path }
        return earlier.contains { call in
            guard last.map({ $0.happens(before: call) }) ?? true else { return false }
            let names = [call.path] + (call.name == .rename ? [call.second ?? ""] : [])
            let isInside = names.contains { ($0 as NSString).deletingLastPathComponent == sync.path }
            return call.path == sync.path && [.write, .chmod, .truncate].contains(call.name)
                || isInside && (call.created || CallName.nameChanges.contains(call.name))
        }
    }

    /// The images of this trace, each put in the stage's place, that `check` finds wrong.
    ///
    /// - Parameter check: is handed what the run had said by then.
    fileprivate func failures(
        on stage: Stage, images limit: Int, _ check: (_ said: String) async throws -> Void
    ) async throws -> [String] {
        let images = PowerLoss(in: self, startingFrom: stage.beginning, neverLosing: [HomeRoles.shm])
            .images(limit: limit)
        #expect(images.count > limit / 2)
        var failures: [String] = []
        for image in images {
            try image.tree.write(stage.root, to: stage.root)
            let output = calls(endedBy: image.tick).filter { $0.name == .output }.flatMap(\.data)
            do {
                try await check(String(decoding: output, as: UTF8.self))
            } catch {
                failures.append("\(error): \(image.summary)")
            }
        }
        return failures
    }
}
