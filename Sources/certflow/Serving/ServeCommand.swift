import ArgumentParser
import Automation
import Foundation
import Logging
import Runner
import Server

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Do what comes due, and serve pages and API, until Ctrl-C.",
        discussion: """
            What `run --watch` does, with a web server beside it. Where and with which certificate it is served says \
            `server` in certflow.yaml. SIGTERM finishes the running step and the requests under way.
            """)

    @OptionGroup var home: HomeOptions

    @Option(help: "Address and port to listen at instead of what certflow.yaml says.")
    var listen: String?

    @Flag(help: "Log as JSON, a line each, instead of text.")
    var jsonLog = false

    func run() async throws {
        let place = home.place
        try place.check()
        guard let lock = try HomeLock.take(place) else { throw HomeProblem.runnerLives(place) }
        defer { withExtendedLifetime(lock) {} }
        try await withHome(home) { try await serve($0) }
    }

    private func serve(_ opened: OpenedHome) async throws {
        let log = ServerLog.make(asJSON: jsonLog)
        let hosting = try Hosting(opened, listen: listen, log: log)
        let host = RunnerHost(
            opened: opened,
            report: { note in
                hosting.tally.take(note)
                ServerLog.tell(note, log)
            },
            beside: { runner, outside in try await hosting.serve(runner, outside) })
        _ = try await host.run(.untilStopped)
    }
}
