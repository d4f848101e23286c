import Foundation
import Subprocess

/// Watches one running program: reads what it says, ends it when its time is up, and knows why it ended.
struct Supervision: Sendable {
    enum Cause: Sendable {
        case itself, timedOut, cancelled
    }

    struct Report: Sendable {
        var cause: Cause
        var excerpt: Excerpt
    }

    typealias Running = Execution<FileDescriptorInput, SequenceOutput, CombinedErrorOutput>

    /// A longer timeout than this is as good as none, and adding it to an instant can't overflow.
    private static let longest = Duration.seconds(7 * 86_400)
    /// How long the output may be read on after the program's end, where something else keeps writing into it.
    private static let drain = Duration.milliseconds(200)

    private let timeout: Duration
    private let grace: Duration

    init(timeout: Duration, grace: Duration) {
        self.timeout = min(max(timeout, .zero), Self.longest)
        self.grace = grace
    }

    /// What the library does on cancellation; it kills the group itself where the program outlives the grace.
    var cancellation: [TeardownStep] { [terminate] }

    private var terminate: TeardownStep {
        .send(signal: .terminate, toProcessGroup: true, allowedDurationToNextStep: grace)
    }

    /// Returns after the program's end, with its output.
    ///
    /// The program is not reaped before this returns, so its process group's number can't have passed to another one.
    func attend(_ program: Running, into excerpt: Excerpt) async -> Report {
        enum Part: Sendable {
            case ended(Cause)
            case read(Excerpt)
            case drained
        }
        return await withTaskGroup(of: Part.self) { parts in
            parts.addTask { .read(await Self.read(program.standardOutput, into: excerpt)) }
            parts.addTask { .ended(await end(program)) }
            var report = Report(cause: .itself, excerpt: excerpt)
            var open = 2
            for await part in parts {
                switch part {
                case .ended(let cause):
                    report.cause = cause
                    open -= 1
                    parts.addTask {
                        try? await Task.sleep(for: Self.drain)
                        return .drained
                    }
                case .read(let excerpt):
                    report.excerpt = excerpt
                    open -= 1
                case .drained: parts.cancelAll()
                }
                if open == 0 { parts.cancelAll() }
            }
            return report
        }
    }

    /// Returns when the program has ended, by itself or by us.
    private func end(_ program: Running) async -> Cause {
        let deadline = ContinuousClock.now + timeout
        // Signal 0 reaches nobody: this step is the wait for the program's end, which the library offers in no other
        // form. Its last step is always SIGKILL, to the group like the one before.
        let wait = TeardownStep.send(signal: Signal(rawValue: 0), allowedDurationToNextStep: timeout)
        await program.teardown(using: [wait, terminate])
        let cause: Cause = Task.isCancelled ? .cancelled : ContinuousClock.now >= deadline ? .timedOut : .itself
        if cause != .itself {
            await ProcessGroup(leader: program.processIdentifier.value).endRest(within: grace)
        }
        return cause
    }

    /// Reads until nobody holds the other end, or the library gives up after the program's end, or the task is
    /// cancelled. A failure to read loses output, and is no reason to lose how the program ended.
    private static func read(_ output: SubprocessOutputSequence, into excerpt: Excerpt) async -> Excerpt {
        var excerpt = excerpt
        var chunks = output.makeAsyncIterator()
        while !Task.isCancelled, let chunk = try? await chunks.next() {
            chunk.withUnsafeBytes { excerpt.append($0) }
            // Where there is always more to read, `next` never suspends: one chatty program would hold a thread.
            await Task.yield()
        }
        return excerpt
    }
}
