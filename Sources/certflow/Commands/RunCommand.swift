import ArgumentParser
import Automation
import Foundation
import Runner
import UnixSignals

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Do all that is due and open now, with progress.",
        discussion: """
            With --watch it stays and does what comes due, until Ctrl-C or SIGTERM: then it finishes the running step. \
            One home has one runner; a second one is refused.
            """)

    @OptionGroup var home: HomeOptions

    @Flag(help: "Stay, and do what comes due.")
    var watch = false

    func run() async throws {
        let place = home.place
        try place.check()
        guard let lock = try HomeLock.take(place) else {
            let holder = HomeLock.holder(place).map { " (process \($0))" } ?? ""
            throw HomeProblem(
                "home.runner-lives", "\(place.path) has a runner already\(holder).",
                remedy: "It does what is due; see `certflow status`. Stop it first if this one shall take over.")
        }
        defer { withExtendedLifetime(lock) {} }
        try await withHome(home) { try await work($0) }
    }

    private func work(_ opened: OpenedHome) async throws {
        let outside = Wiring.Outside()
        let printer = ProgressPrinter()
        let runner = Wiring.runner(opened, outside) { printer.print($0) }
        let socket = try WakeSocket(opened.home) { runner.wake() }
        let ending: (any Error)?
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                if watch { group.addTask { await printer.keepTellingNext(opened) } }
                try await runUntilSignalled(runner)
                group.cancelAll()
            }
            ending = nil
        } catch {
            ending = error
        }
        socket.close(opened.home)
        await outside.end(opened.registry)
        if let ending { throw ending }
        guard !watch else { return }
        await printer.summary(opened)
        if let ending = printer.ending { throw ending }
    }

    private func runUntilSignalled(_ runner: Runner) async throws {
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await runner.run(watch ? .untilStopped : .untilIdle)
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
            while let isRunner = try await group.next() {
                if isRunner { break }
            }
            group.cancelAll()
        }
    }
}
