import PluginKit
import Testing

@testable import Runner

@Suite("steps that are cut off")
struct CutOffTests {
    @Test("are no failures where the runner itself ends: what was recorded stands, and the next one goes on from it")
    func runnerEnds() async {
        for journalled in [false, true] {
            let step = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return try StageFailure(classifying: CancellationError(), step: "reload", journalled: journalled)
            }
            await #expect(throws: WorkStopped.cancelled) { try await step.value }
        }
    }

    @Test("have an unknown outcome where only they were ended after something was recorded")
    func stepEnds() throws {
        let failure = try StageFailure(classifying: CancellationError(), step: "publish", journalled: true)
        #expect(failure.failure.kind == .unknownOutcome)
        #expect(throws: WorkStopped.cancelled) {
            try StageFailure(classifying: CancellationError(), step: "publish", journalled: false)
        }
    }
}
