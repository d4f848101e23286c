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
        public var jobs: Int
        /// Equal for two runs of one seed.
        public var trace: UInt64
    }

    /// What is checked all along.
    final class Observations: Sendable {
        private let state = Mutex((trace: UInt64(0xCBF2_9CE4_8422_2325), notes: [ProgressNote]()))

        func note(_ note: ProgressNote) {
            let text = "\(note.at) \(note.kind) \(note.certificate) \(note.target ?? "") \(note.text)"
            state.withLock { state in
                for byte in text.utf8 { state.trace = (state.trace ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
                state.notes.append(note)
            }
        }

        var trace: UInt64 { state.withLock { $0.trace } }
        var notes: [ProgressNote] { state.withLock { $0.notes } }
    }

    public typealias LedgerMaker = @Sendable (_ chain: String) async throws -> any Ledger

    private var scenario: Scenario
    private let clock: VirtualClock
    private let observations = Observations()
    private var random: SeededRandom
    private var executed = 0
    private var incarnation = 0

    public init(_ scenario: Scenario) {
        self.scenario = scenario
        clock = VirtualClock(start: scenario.start)
        random = SeededRandom(seed: scenario.seed ^ 0xA5A5)
    }

    /// - Parameter ledger: a new ledger, or the same one anew after a crash.
    public func run(ledger makeLedger: LedgerMaker) async throws -> Report {
        var ledger = try await makeLedger("chain-0")
        try await settle(ledger)
        let world = World(scenario, clock: clock)
        var events = agenda()
        while clock.now < scenario.end {
            let next = events.first
            let until = min(next?.at ?? scenario.end, scenario.end)
            let error = try await runIncarnation(ledger, world, until: until, crash: next?.kind == .crash)
            if let error { return report(try await Invariants(scenario, world, ledger, observations).check() + ["runner ended: \(error)"]) }
            guard let next, clock.now >= next.at else { continue }
            events.removeFirst()
            switch next.kind {
            case .crash:
                clock.pass(next.downtime)
                ledger = try await makeLedger("chain-\(incarnation)")
            case .edit: try await edit(ledger)
            case .jump: clock.jump(by: next.jump)
            }
        }
        return report(try await Invariants(scenario, world, ledger, observations).check())
    }

    // MARK: What happens when

    private struct AgendaItem {
        enum Kind { case crash, edit, jump }
        var at: Instant
        var kind: Kind
        var downtime = Span.zero
        var jump = Span.zero
    }

    private func agenda() -> [AgendaItem] {
        let crashes = zip(scenario.crashes, scenario.downtimes).map { AgendaItem(at: $0, kind: .crash, downtime: $1) }
        let edits = scenario.edits.map { AgendaItem(at: $0, kind: .edit) }
        let jumps = scenario.clockJumps.map { AgendaItem(at: $0.at, kind: .jump, jump: $0.by) }
        return (crashes + edits + jumps).sorted { $0.at < $1.at }
    }

    /// Runs one runner until a moment; then it crashes, or stops as a service does.
    private func runIncarnation(
        _ ledger: any Ledger, _ world: World, until end: Instant, crash: Bool
    ) async throws -> String? {
        incarnation += 1
        let executor = SeededExecutor(seed: scenario.seed &* 1_000_003 &+ UInt64(incarnation))
        let runner = Runner(dependencies(ledger, world))
        let outcome = Mutex<String?>(nil)
        let isOver = Mutex(false)
        let task = Task(executorPreference: executor) {
            do {
                try await runner.run(.untilStopped)
            } catch {
                outcome.withLock { $0 = "\(error)" }
            }
            isOver.withLock { $0 = true }
        }
        drain(executor, until: end)
        // A crash falls between any two jobs.
        if crash {
            for _ in 0..<Int.random(in: 0...200, using: &random) where !executor.step() {
                guard clock.advance(upTo: clock.monotonic + .seconds(120)) else { break }
            }
            executor.die()
            clock.forget()
            executed += executor.executed
            return outcome.withLock { $0 }
        }
        runner.stop()
        while !isOver.withLock({ $0 }) {
            if !executor.step(), !clock.advance(upTo: clock.monotonic + .seconds(86_400)) {
                return "the runner did not stop"
            }
        }
        clock.forget()
        executed += executor.executed
        _ = task
        return outcome.withLock { $0 }
    }

    private func drain(_ executor: SeededExecutor, until end: Instant) {
        while true {
            if executor.step() { continue }
            let rest = end - clock.now
            guard rest > .zero else { return }
            _ = clock.advance(upTo: clock.monotonic + rest.duration)
        }
    }

    private func dependencies(_ ledger: any Ledger, _ world: World) -> RunnerDependencies {
        let seed = scenario.seed &* 77 &+ UInt64(incarnation)
        let source = Mutex(SeededRandom(seed: seed))
        let entropy: @Sendable (Int) -> [UInt8] = { count in
            source.withLock { random in (0..<count).map { _ in UInt8.random(in: 0 ... .max, using: &random) } }
        }
        let observations = observations
        var settings = RunnerSettings()
        settings.proofEvery = scenario.length > .days(30) ? .days(14) : .hours(4)
        settings.longestSleep = scenario.length > .days(30) ? .hours(6) : .minutes(1)
        return RunnerDependencies(
            ledger: ledger, clock: clock.runnerClock, registry: Self.registry(world),
            profiles: ProfileShelf(scenario.profiles), vault: .transparent, tools: .synthetic(entropy),
            probe: { endpoint in Self.present(endpoint, world) },
            runCommand: { _ in
                try await world.hesitate()
                return CommandResult(ending: .exited(0), output: "")
            }, send: { _ in try await world.hesitate() }, entropy: entropy, settings: settings,
            report: { observations.note($0) })
    }

    private static func registry(_ world: World) -> Registry {
        let publisher = Manifest(
            name: "scripted", kind: .publisher, version: "1", summary: "", capabilities: [.inspect, .rollback],
            contents: [.fullchain], options: Scenario.schema)
        let issuer = Manifest(
            name: "scripted", kind: .issuer, version: "1", summary: "", capabilities: [], options: OptionSchema())
        return Registry(
            publishers: [Backend(publisher) { _, _ in ScriptedPublisher(world: world) }],
            issuers: [Backend(issuer) { _, _ in ScriptedIssuer(world: world) }])
    }

    /// The target "alpha:443" serves under the server's name what was published there for it.
    private static func present(_ endpoint: Endpoint, _ world: World) -> [Presented] {
        guard let name = endpoint.serverName else { return [] }
        for profile in ["solo", "fleet"] {
            let key = "/\(profile)/\(endpoint.host)/\(name)"
            if let shown = world.shown(key)?.certificate {
                return [Presented(address: "\(endpoint.host):443", answer: .chain([shown.der]))]
            }
        }
        return [Presented(address: "\(endpoint.host):443", answer: .failure("refused"))]
    }

    // MARK: People

    private func desk(_ ledger: any Ledger) -> Desk {
        let clock = clock
        let source = Mutex(SeededRandom(seed: scenario.seed &+ 5))
        return Desk(
            ledger: ledger, profiles: scenario.profiles,
            registry: Self.registry(World(scenario, clock: clock)),
            person: Person(name: "operator"), now: { clock.now },
            entropy: { count in
                source.withLock { random in (0..<count).map { _ in UInt8.random(in: 0 ... .max, using: &random) } }
            })
    }

    private func settle(_ ledger: any Ledger) async throws {
        _ = try await desk(ledger).apply(scenario.certificates, isRehearsal: false)
        for spec in scenario.certificates {
            if let id = try await ledger.certificate(named: spec.name)?.id {
                scenario.livesByID[id] = scenario.lives[spec.name]
            }
        }
    }

    /// Somebody changes a flow, renews or publishes by hand, rolls back, pauses or resumes.
    private func edit(_ ledger: any Ledger) async throws {
        guard var spec = scenario.certificates.randomElement(using: &random) else { return }
        let desk = desk(ledger)
        switch Int.random(in: 0..<6, using: &random) {
        case 0...2:
            spec.flow = Scenario.flow(.year, &random)
            if let index = scenario.certificates.firstIndex(where: { $0.name == spec.name }) {
                scenario.certificates[index] = spec
            }
            _ = try await desk.apply([spec], isRehearsal: false)
        case 3: _ = try? await desk.renew(spec.name, force: true)
        case 4: _ = try? await desk.publish(spec.name)
        default:
            if let subject = Subject("extra-\(Int.random(in: 0..<1000, using: &random)).example") {
                spec.subjects.append(subject)
                if let index = scenario.certificates.firstIndex(where: { $0.name == spec.name }) {
                    scenario.certificates[index] = spec
                }
                _ = try await desk.apply([spec], isRehearsal: false)
            }
        }
    }

    private func report(_ violations: [String]) -> Report {
        let notes = observations.notes
        return Report(
            seed: scenario.seed, violations: violations, renewals: notes.count { $0.kind == .stored },
            publications: notes.count { $0.kind == .published || $0.kind == .proved }, jobs: executed,
            trace: observations.trace)
    }
}
