import Foundation
import Runner
import UnixSignals

/// Lets this process be the runner of a home, whose lock it holds: wakes by the socket, ends with a signal.
struct RunnerHost {
    let opened: OpenedHome
    let report: @Sendable (ProgressNote) -> Void
    /// What works beside the runner until it stops; it is cancelled then. It stops the runner where it ends by itself.
    var beside: (@Sendable (Runner, Wiring.Outside) async throws -> Void)?

    /// Runs until there is nothing left of `mode`, or a signal: then the running step is finished first. Once for an
    /// opened home: its backends are closed afterwards.
    /// - Returns: whether a signal ended it.
    func run(_ mode: Runner.Mode) async throws -> Bool {
        // Before anything else: who sees the socket may send a signal.
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        let outside = Wiring.Outside()
        let runner = Wiring.runner(opened, outside, report: report)
        let ending: Result<Bool, any Error>
        do {
            let socket = try WakeSocket(opened.home) { runner.wake() }
            do {
                ending = .success(try await run(runner, outside, mode, until: signals))
            } catch {
                ending = .failure(error)
            }
            socket.close(opened.home)
        } catch {
            ending = .failure(error)
        }
        await outside.end(opened.registry)
        return try ending.get()
    }

    private func run(
        _ runner: Runner, _ outside: Wiring.Outside, _ mode: Runner.Mode, until signals: UnixSignalsSequence
    ) async throws -> Bool {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            if let beside {
                group.addTask {
                    defer { runner.stop() }
                    try await beside(runner, outside)
                    return false
                }
            }
            group.addTask {
                try await runner.run(mode)
                return true
            }
            group.addTask {
                for await _ in signals {
                    runner.stop()
                    Console.error("stopping: the running step is finished first")
                    return false
                }
                return false
            }
            var isStopped = false
            while let isRunner = try await group.next() {
                if isRunner { break }
                isStopped = true
            }
            group.cancelAll()
            return isStopped
        }
    }
}
