import FaultKit
import Foundation
import Testing

/// One command that is killed, what a later run makes of it, and what must hold at each moment.
struct KilledJob: Sendable, CustomTestStringConvertible {
    let name: String
    /// How many certificates there are before it; 0: nothing is published yet.
    let versionsBefore: Int
    let versionsAfter: Int
    /// How far the clock is moved, so that there is something to do.
    let clock: Duration
    var command = ["run"]
    /// Whether the last version does not pass the test of its targets.
    var isRefused = false
    let prepare: @Sendable (Stage) async throws -> Void

    var testDescription: String { name }

    /// How a run may end that nothing harms: one that meets the refusal fails.
    var endings: Set<Ending> { isRefused ? [.exited(0), .exited(1), .exited(3)] : [.exited(0)] }

    static let all = [firstIssue, renewal, refused, sweep, rollback]

    static let firstIssue = Self(name: "first issue", versionsBefore: 0, versionsAfter: 1, clock: .zero) {
        try await $0.makeFlow()
    }
    static let renewal = Self(name: "renewal", versionsBefore: 1, versionsAfter: 2, clock: Stage.renewalTime) {
        try await $0.makePublished(profile: Stage.service)
    }
    /// The test of both targets passes as long as a file is there: version 1 gets by, version 2 is rolled back.
    static let refused = Self(
        name: "refused by its test", versionsBefore: 1, versionsAfter: 2, clock: Stage.renewalTime, isRefused: true
    ) {
        let flag = "\($0.root)/flag"
        try Data().write(to: URL(filePath: flag))
        try await $0.makePublished(profile: "test: {command: [/usr/bin/test, -e, \(flag)], timeout: 20s}")
        try FileManager.default.removeItem(atPath: flag)
    }

    /// Two renewals later there are three sets, of which the last is in place, and one more is kept.
    static let sweep = Self(
        name: "sweep", versionsBefore: 3, versionsAfter: 3, clock: Stage.renewalTime * 2 + Stage.sweepAfter
    ) {
        try await $0.makePublished()
        for renewal in 1...2 { try await $0.program(at: Stage.renewalTime * renewal).succeed("run") }
    }
    /// By hand, from version 2 to version 1, which is valid still.
    static let rollback = Self(
        name: "rollback by hand", versionsBefore: 2, versionsAfter: 2, clock: Stage.renewalTime + .seconds(60),
        command: ["rollback", Stage.certificate, "--reason", "a test"]
    ) {
        try await $0.makePublished()
        try await $0.program(at: Stage.renewalTime).succeed("run")
    }

    var rules: [TraceRule] {
        let isIssued = versionsAfter > versionsBefore
        return DurabilityRules(version: command == ["run"] ? versionsAfter : 1, isIssued: isIssued).all
    }

    // MARK: Matrices

    /// Kills at every call, and at every label.
    func kills() async throws {
        try await withMatrix { matrix in
            let report = try await matrix.kills(every: Thoroughness.stride, of: Thoroughness.many)
            #expect(report.failures.isEmpty && report.coverage == 1, "\(report)")
        }
    }

    func randomKills(_ count: Int, seed: UInt64) async throws {
        try await withMatrix { matrix in
            let report = try await matrix.randomKills(count, seed: seed)
            #expect(report.failures.isEmpty, "\(report)")
            // A call whose number was chosen may come later than the end of a run that made fewer.
            #expect(report.harmedRuns > count * 9 / 10, "\(report)")
        }
    }

    private func withMatrix(_ body: (FaultMatrix) async throws -> Void) async throws {
        try await StagePair.with(prepare) { stages in
            // What was asked for by hand, and not heard before the kill, is not done.
            let leftovers = Leftovers(orBefore: command == ["run"] ? nil : try stages.first.listing())
            let matrix = FaultMatrix { scene in
                let stage = stages[scene]
                try stage.reset()
                return try stage.command(command, at: clock)
            } check: { scene, outcome in
                try await check(stages[scene], outcome, leftovers)
            }
            try await body(matrix)
        }
    }

    // MARK: What must hold

    private func check(_ stage: Stage, _ outcome: FaultOutcome, _ leftovers: Leftovers) async throws {
        for layout in Stage.layouts {
            let set = try PublishedSet.read(stage, layout, mayStraddle: layout == "flat")
            if set == nil, versionsBefore > 0 { throw Wrong("readers of \(layout) find nothing") }
        }
        let atKill = try LedgerSnapshot(stage)
        try atKill.requireTold(outcome.output)
        let again = try await stage.command(["run"], at: clock).run()
        guard endings.contains(again.ending) else { throw Wrong("the next run \(again.ending): \(again.errors)") }
        try atKill.requireKept(in: LedgerSnapshot(stage))
        let trace = outcome.trace.followed(by: again.trace)
        let violations = trace.violations(of: rules)
        guard violations.isEmpty else { throw Wrong("\(violations)") }
        try await LedgerCheck(stage, at: clock).check(versions: versionsAfter)
        for layout in Stage.layouts where try stage.hasService(layout) {
            let published = try String(contentsOfFile: "\(stage.place(layout))/fullchain.pem", encoding: .utf8)
            let served = try String(contentsOfFile: stage.served(layout), encoding: .utf8)
            guard served == published else { throw Wrong("the service of \(layout) was not reloaded") }
        }
        try leftovers.compare(stage, isUnharmed: outcome.harmed == nil)
    }
}
