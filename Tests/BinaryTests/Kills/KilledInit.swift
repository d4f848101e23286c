import FaultKit
import Foundation
import Testing

/// `certflow init`, killed, and the one that finishes it.
enum KilledInit {
    static func kills() async throws {
        try await StagePair.with({ _ in }) { stages in
            let leftovers = Leftovers(orBefore: nil)
            let matrix = FaultMatrix { scene in
                try stages[scene].reset()
                return try stages[scene].command(["init"])
            } check: { scene, outcome in
                try await check(stages[scene], outcome, leftovers)
            }
            let report = try await matrix.kills(every: Thoroughness.stride, of: Thoroughness.many)
            #expect(report.failures.isEmpty && report.coverage == 1, "\(report)")
        }
    }

    private static func check(_ stage: Stage, _ outcome: FaultOutcome, _ leftovers: Leftovers) async throws {
        let again = try await stage.command(["init"]).run()
        guard again.ending == .exited(0) else { throw Wrong("the next init \(again.ending): \(again.errors)") }
        let violations = outcome.trace.followed(by: again.trace).violations(of: DurabilityRules.always)
        guard violations.isEmpty else { throw Wrong("\(violations)") }
        try leftovers.compare(stage, isUnharmed: outcome.harmed == nil)
        // What it made works: the authority issues, its certificate is published.
        let roots = again.output.matches(of: /root  (.*)/).map { String($0.1) }
        guard roots.count == 1 else { throw Wrong("\(roots.count) local authorities: \(again.output)") }
        try await stage.makePublished()
        try await LedgerCheck(stage).check(versions: 1)
    }
}
