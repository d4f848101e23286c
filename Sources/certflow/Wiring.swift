import ACME
import Automation
import Curl
import FilesystemPublisher
import Foundation
import HTTPPublisher
import LocalAuthority
import PluginKit
import Probe
import Processes
import Profiles
import Runner
import SFTPPublisher
import Storage

/// Puts the program together: the only place that knows every module.
enum Wiring {
    /// - Parameters:
    ///   - client: what plug-ins ask servers with; it does nothing before it is used.
    ///   - home: what relative paths of profiles count from; none where nothing is published.
    static func registry(_ client: HTTPClient = HTTPClient(), home: Home? = nil) -> Registry {
        Registry(
            publishers: [
                FilesystemPublisher.backend(), HTTPPublisher.backend(client),
                SFTPPublisher.backend(home: home?.path ?? "/"),
            ],
            issuers: [LocalAuthority.backend, ACME.backend(client, version: Version.text)])
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
            }, send: AlertSender.make(opened, outside.processes), entropy: Randomness.bytes,
            settings: settings(opened.settings),
            report: report)
    }

    /// What outlives one call and is ended with the process.
    struct Outside: Sendable {
        let workers = WorkerThreads(count: max(1, ProcessInfo.processInfo.activeProcessorCount))
        let probe = Probe { IPAddress($0).map(AddressPolicy.usual.permits) ?? false }
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
}
