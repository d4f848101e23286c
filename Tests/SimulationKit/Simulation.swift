import Automation
import Foundation
import PluginKit
import Profiles
import Runner
import Storage
import Synchronization

/// Runs the real runner through a scenario: a seeded executor, a virtual clock, a ledger, a scripted world.
public final class Simulation {
    public struct Report: Sendable {
        public var seed: UInt64
        public var violations: [String]
        public var renewals: Int
        public var publications: Int
        /// What expired on a target, though nobody is to blame for it: the oracle had something to judge.
        public var excusedExpiries: Int
        public var jobs: Int
        /// Equal for two runs of one seed.
        public var trace: UInt64
    }

    /// Opens the ledger: at first, and anew after a crash, when the earlier one is out of use.
    public typealias LedgerMaker = (_ chain: String, _ earlier: (any Ledger)?) async throws -> any Ledger

    /// So many jobs without time passing are an endless loop.
    private static let patience = 100_000

    private var scenario: Scenario
    private let clock: VirtualClock
    private let observations: Observations
    private var random: SeededRandom
    private var hands: Hands
    private var executed = 0
    private var incarnation = 0

    /// - Parameter narrate: told each line of what happens, as it happens.
    public init(_ scenario: Scenario, narrate: (@Sendable (String) -> Void)? = nil) {
        self.scenario = scenario
        observations = Observations(narrate: narrate)
        clock = VirtualClock(start: scenario.start)
        random = SeededRandom(seed: scenario.seed ^ 0xA5A5)
        hands = Hands(scenario)
    }

    public func run(ledger makeLedger: LedgerMaker) async throws -> Report {
        var ledger = try await makeLedger("chain-0", nil)
        try await settle(ledger)
        let world = World(scenario, clock: clock)
        var agenda = agenda()
        var runner = start(ledger, world)
        var violations: [String] = []
        while clock.now < scenario.end, violations.isEmpty {
            let next = agenda.first
            violations += runner.drain(until: min(next?.at ?? scenario.end, scenario.end), clock, Self.patience)
            guard let next, clock.now >= next.at else { continue }
            agenda.removeFirst()
            switch next.event {
            case .crash(let downtime):
                let present = ledger
                let limit = clock.now + (scenario.isShort ? .minutes(30) : .days(5))
                try await runner.crash(clock, after: Int.random(in: 0...200, using: &random), before: limit) {
                    try await !present.leases().isEmpty
                }
                executed += runner.executor.executed
                clock.pass(downtime)
                // It came some jobs later than planned, and so did its end.
                scenario.crashes.append(Outage(start: next.at, end: clock.now))
                ledger = try await makeLedger("chain-\(incarnation)", ledger)
                runner = start(ledger, world)
            case .restart:
                violations += runner.stop(clock)
                executed += runner.executor.executed
                ledger = try await makeLedger("chain-\(incarnation)", ledger)
                runner = start(ledger, world)
            case .edit:
                try await hands.act(desk(ledger), at: clock.now, &random)
                runner.wake()
            case .drift: hands.meddle(world, &random)
            case .jump(let span): clock.jump(by: span)
            }
        }
        violations += runner.stop(clock)
        executed += runner.executor.executed
        let invariants = Invariants(scenario, world, ledger, hands)
        violations += try await invariants.check()
        return report(violations, excused: invariants.excused)
    }

    // MARK: What happens when

    private struct AgendaItem {
        enum Event {
            case crash(downtime: Span)
            case restart, edit, drift
            case jump(Span)
        }
        var at: Instant
        var event: Event
    }

    private func agenda() -> [AgendaItem] {
        var items = scenario.crashes.map { AgendaItem(at: $0.start, event: .crash(downtime: $0.end - $0.start)) }
        items += scenario.restarts.map { AgendaItem(at: $0, event: .restart) }
        items += scenario.edits.map { AgendaItem(at: $0, event: .edit) }
        items += scenario.drifts.map { AgendaItem(at: $0, event: .drift) }
        items += scenario.clockJumps.map { AgendaItem(at: $0.at, event: .jump($0.by)) }
        return items.sorted { $0.at < $1.at }
    }

    private func start(_ ledger: any Ledger, _ world: World) -> Incarnation {
        incarnation += 1
        return Incarnation(
            Runner(dependencies(ledger, world)), seed: scenario.seed &* 1_000_003 &+ UInt64(incarnation))
    }

    // MARK: The outside

    private func dependencies(_ ledger: any Ledger, _ world: World) -> RunnerDependencies {
        let entropy = Self.entropy(seed: scenario.seed &* 77 &+ UInt64(incarnation))
        let observations = observations
        var settings = RunnerSettings()
        settings.proofEvery = scenario.length > .days(30) ? .days(14) : .hours(4)
        settings.longestSleep = scenario.length > .days(30) ? .hours(6) : .minutes(1)
        return RunnerDependencies(
            ledger: ledger, clock: clock.runnerClock, registry: Self.registry(world),
            profiles: ProfileShelf(scenario.profiles), vault: .transparent, tools: .synthetic(entropy),
            probe: { endpoint in Self.present(endpoint, world) },
            runCommand: { try await Self.run($0, world) },
            send: { notice in
                try await world.hesitate()
                world.update { $0.notices.append((world.clock.now, notice)) }
            }, entropy: entropy, settings: settings, report: { observations.note($0) })
    }

    private static func entropy(seed: UInt64) -> @Sendable (Int) -> [UInt8] {
        let source = Mutex(SeededRandom(seed: seed))
        return { count in
            source.withLock { random in (0..<count).map { _ in UInt8.random(in: 0 ... .max, using: &random) } }
        }
    }

    private static func registry(_ world: World) -> Registry {
        let publisher = Manifest(
            name: "scripted", kind: .publisher, version: "1", summary: "", capabilities: [.inspect, .rollback],
            contents: [.fullchain], options: Scenario.schema)
        let issuer = Manifest(
            name: "scripted", kind: .issuer, version: "1", summary: "", capabilities: [], options: OptionSchema(),
            concurrency: 16)
        return Registry(
            publishers: [Backend(publisher) { _, _ in ScriptedPublisher(world: world) }],
            issuers: [Backend(issuer) { _, _ in ScriptedIssuer(world: world) }])
    }

    /// The target "alpha.solo:443" serves, under the server's name, what its service has read for it.
    private static func present(_ endpoint: Endpoint, _ world: World) -> [Presented] {
        let parts = endpoint.host.split(separator: ".").map(String.init)
        guard let name = endpoint.serverName, let target = parts.first, let profile = parts.last else { return [] }
        let place = World.Place(profile: profile, target: target, certificate: name)
        let served = world.shown(place)?.served
        return [
            Presented(
                address: "\(endpoint.host):443", answer: served.map { .chain([$0.der]) } ?? .failure("refused"))
        ]
    }

    /// Tests and reloads.
    private static func run(_ call: CommandCall, _ world: World) async throws -> CommandResult {
        try await world.hesitate()
        let profile = call.environment["CERTFLOW_PROFILE"] ?? ""
        let target = call.environment["CERTFLOW_TARGET"] ?? ""
        if call.command.arguments == ["reload"] {
            world.reload(profile: profile, target: target)
            return CommandResult(ending: .exited(0), output: "")
        }
        let fails = world.failsTest(
            profile: profile, target: target, tested: call.environment["CERTFLOW_CERTIFICATE"] ?? "")
        return CommandResult(ending: .exited(fails ? 1 : 0), output: "")
    }

    // MARK: People

    private func desk(_ ledger: any Ledger) -> Desk {
        let clock = clock
        return Desk(
            ledger: ledger, profiles: scenario.profiles, registry: Self.registry(World(scenario, clock: clock)),
            person: Person(name: "operator"), now: { clock.now }, entropy: Self.entropy(seed: scenario.seed &+ 5))
    }

    private func settle(_ ledger: any Ledger) async throws {
        _ = try await desk(ledger).apply(scenario.certificates, isRehearsal: false)
        for spec in scenario.certificates {
            guard let id = try await ledger.certificate(named: spec.name)?.id else { continue }
            scenario.livesByID[id] = scenario.lives[spec.name]
            scenario.namesByID[id] = spec.name
        }
    }

    private func report(_ violations: [String], excused: Int) -> Report {
        Report(
            seed: scenario.seed, violations: violations, renewals: observations.renewals,
            publications: observations.publications, excusedExpiries: excused, jobs: executed,
            trace: observations.trace)
    }
}
