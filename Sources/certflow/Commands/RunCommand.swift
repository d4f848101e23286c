import ArgumentParser
import Automation
import Foundation
import Runner

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
        guard let lock = try HomeLock.take(place) else { throw HomeProblem.runnerLives(place) }
        defer { withExtendedLifetime(lock) {} }
        try await withHome(home) { try await work($0) }
    }

    private func work(_ opened: OpenedHome) async throws {
        let printer = ProgressPrinter()
        let host = RunnerHost(opened: opened, report: { printer.print($0) })
        try await withThrowingTaskGroup(of: Void.self) { group in
            if watch { group.addTask { await printer.keepTellingNext(opened) } }
            _ = try await host.run(watch ? .untilStopped : .untilIdle)
            group.cancelAll()
        }
        guard !watch else { return }
        await printer.summary(opened)
        if let ending = printer.ending { throw ending }
    }
}
