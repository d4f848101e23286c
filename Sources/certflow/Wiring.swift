import Automation
import FilesystemPublisher
import Foundation
import LocalAuthority
import PluginKit
import Probe
import Processes
import Profiles
import Runner
import Storage

/// Puts the program together: the only place that knows every module.
enum Wiring {
    static func registry() -> Registry {
        Registry(publishers: [FilesystemPublisher.backend()], issuers: [LocalAuthority.backend])
    }

    /// Everything that a runner of this home needs.
    static func runner(
        _ opened: OpenedHome, _ outside: Outside, report: @escaping @Sendable (ProgressNote) -> Void
    ) -> Runner {
        Runner(dependencies(opened, outside, report: report))
    }

    /// What a publication would do, without doing it.
    static func rehearsal(_ opened: OpenedHome, _ outside: Outside) -> Rehearsal {
        Rehearsal(dependencies(opened, outside))
    }

    /// The outside as the runner's parts see it, for commands that use one of them alone.
    static func dependencies(
        _ opened: OpenedHome, _ outside: Outside, report: @escaping @Sendable (ProgressNote) -> Void = { _ in }
    ) -> RunnerDependencies {
        RunnerDependencies(
            ledger: opened.ledger, clock: clock, registry: opened.registry, profiles: opened.shelf,
            vault: opened.vault, tools: .live(workers: outside.workers),
            probe: { await outside.probe.probe($0) },
            runCommand: { call in
                try await outside.processes.run(
                    call.command, environment: call.environment, input: call.input, redacting: call.redacting)
            }, send: notifier(opened, outside), entropy: Randomness.bytes, settings: settings(opened.settings),
            report: report)
    }

    /// What outlives one call and is ended with the process.
    struct Outside: Sendable {
        let workers = WorkerThreads(count: max(1, ProcessInfo.processInfo.activeProcessorCount))
        let probe = Probe()
        let processes = Processes()

        func end(_ registry: Registry) async {
            await registry.close()
            await endOwn()
        }

        /// Where the home's backends are needed further on.
        func endOwn() async {
            await probe.shutdown()
            workers.end()
        }
    }

    static let clock = RunnerClock(
        now: { Instant(Date()) },
        monotonic: {
            var time = timespec()
            clock_gettime(CLOCK_BOOTTIME, &time)
            return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
        }, sleep: { try await Task.sleep(for: $0) })

    private static func settings(_ home: HomeConfiguration) -> RunnerSettings {
        var settings = RunnerSettings()
        settings.concurrent = home.limits.concurrent
        settings.perIssuer = home.limits.perIssuer
        settings.proofEvery = home.proofEvery
        settings.keysAfterExpiry = home.keysAfterExpiry
        settings.keepAttempts = home.keepAttempts
        return settings
    }

    /// Alerts go to a command, the notice as JSON on its input.
    private static func notifier(
        _ opened: OpenedHome, _ outside: Outside
    ) -> (@Sendable (Notice) async throws -> Void)? {
        guard let alerts = opened.settings.alerts else { return nil }
        let command = Command(alerts.command, timeout: alerts.timeout.duration)
        return { notice in
            let text = try JSONEncoder().encode(notice)
            let result = try await outside.processes.run(
                command, environment: ["CERTFLOW_NOTICE": notice.id], input: Secret(text))
            guard result.succeeded else {
                throw PluginFailure(
                    .transient, code: "alert.failed",
                    message:
                        "The alert command `\(alerts.command.joined(separator: " "))` ended with \(result.ending): "
                        + result.output.prefix(500),
                    remedy: "Run it by hand; it must read JSON from its input and end with status 0.")
            }
        }
    }
}
