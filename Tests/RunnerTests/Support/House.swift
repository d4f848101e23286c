import Automation
import Foundation
import PluginKit
import Profiles
import Storage

@testable import Runner
@testable import SimulationKit

/// A home with its runner in memory: a ledger, a scripted outside, and a clock that moves only when nothing runs, so
/// that no test sleeps and every run is the same.
final class House {
    let clock: VirtualClock
    let ledger: MemoryLedger
    let outside: Outside
    var profiles = ProfileSet()
    var settings = RunnerSettings()
    private(set) var shelf = ProfileShelf(ProfileSet())
    private var life: Incarnation?
    private(set) var runner: Runner?
    private var lives: UInt64 = 0

    static let key = Secret32(Array(repeating: 1, count: 32))

    init(start: String = "2027-03-01T12:00:00Z") throws {
        guard let key = Self.key, let start = Instant(rfc3339: start) else { throw HouseProblem.setup }
        clock = VirtualClock(start: start)
        ledger = MemoryLedger(auditKey: key, chain: "chain-0")
        outside = Outside(clock)
        profiles.issuing["second"] = IssuingProfile(
            name: "second", issuer: "second", options: OptionTree(), digest: "1")
        profiles.issuing["issuer"] = IssuingProfile(name: "issuer", issuer: "test", options: OptionTree(), digest: "1")
    }

    var now: Instant { clock.now }

    // MARK: What is set up

    /// - Parameter steps: of "test", "reload", "proof".
    func addProfile(
        _ name: String, targets: [String], steps: Set<String> = [], rollout: Rollout = .allAtOnce,
        rollsBack: Bool = true, shared: Bool = false
    ) throws {
        let origin = SourcePosition(file: "\(name).yaml", line: 1, column: 1)
        let targets = try targets.map { target in
            let directory = try Template("/\(name)/\(target)" + (shared ? "" : "/{{certificate.name}}"))
            return PublishingProfile.Target(
                name: target,
                options: OptionTree([
                    "directory": .text(directory, .path, origin), "content": .artifact(ArtifactRequest(.fullchain)),
                ]))
        }
        profiles.publishing[name] = PublishingProfile(
            name: name, publisher: "test", targets: targets,
            test: steps.contains("test")
                ? CommandStep([Template(literal: "test")], timeout: .seconds(30), place: .here) : nil,
            reload: steps.contains("reload")
                ? CommandStep([Template(literal: "reload")], timeout: .seconds(30), place: .here) : nil,
            proof: steps.contains("proof")
                ? .tls(
                    connect: try Template("{{target.name}}.\(name):443"),
                    serverName: try Template("{{certificate.name}}"),
                    within: .seconds(10)) : nil,
            rollout: rollout, rollsBack: rollsBack, digest: "1")
    }

    func spec(
        _ name: String, _ rules: FlowRules = FlowRules(publicationEnabled: true), profiles: [String] = ["web"],
        extra: [String] = []
    ) throws -> CertificateSpec {
        let subjects = ([name] + extra).compactMap { Subject($0) }
        return CertificateSpec(
            name: name, subjects: subjects, issuer: "issuer", flow: Flow(rules: rules, profiles: profiles))
    }

    func apply(_ specs: CertificateSpec...) async throws {
        _ = try await desk.apply(specs, isRehearsal: false)
        runner?.wake()
    }

    var desk: Desk {
        let clock = clock
        return Desk(
            ledger: ledger, profiles: profiles, registry: outside.registry,
            person: Person(name: "tester", reason: "why"),
            now: { clock.now }, entropy: { count in [UInt8](repeating: 5, count: count) })
    }

    // MARK: Time

    func start() {
        lives += 1
        if let key = Self.key { ledger.reopen(auditKey: key, chain: "chain-\(lives)") }
        shelf = ProfileShelf(profiles)
        let runner = Runner(dependencies(shelf))
        self.runner = runner
        life = Incarnation(runner, seed: lives)
    }

    /// Lets the runner work for a while.
    func pass(_ span: Span) throws {
        if life == nil { start() }
        let troubles = life?.drain(until: now + span, clock, 200_000) ?? []
        if let trouble = troubles.first { throw HouseProblem.runner(trouble) }
    }

    /// Wakes the runner, as a request of another process does, and lets it work.
    func wake(_ span: Span = .seconds(30)) throws {
        runner?.wake()
        try pass(span)
    }

    /// Runs a runner of its own until it ends by itself.
    func runOnce(_ mode: Runner.Mode) throws {
        lives += 1
        shelf = ProfileShelf(profiles)
        let once = Incarnation(Runner(dependencies(shelf)), seed: lives, mode)
        if let trouble = once.drain(atMost: .minutes(10), clock).first { throw HouseProblem.runner(trouble) }
    }

    /// Carries out what a process beside the runner does, while time passes for both.
    func carryOut<Result: Sendable>(_ body: @escaping @Sendable () async throws -> Result) throws -> Result {
        let executor = SeededExecutor(seed: 1)
        let ending = Held<Swift.Result<Result, any Error>?>(nil)
        Task(executorPreference: executor) {
            do {
                let result = try await body()
                ending.update { $0 = .success(result) }
            } catch {
                ending.update { $0 = .failure(error) }
            }
        }
        let limit = clock.monotonic + .seconds(86_400)
        while true {
            if let ending = ending.current { return try ending.get() }
            if executor.step() || life?.executor.step() == true { continue }
            guard clock.advance(upTo: limit) else { throw HouseProblem.runner("what was done by hand did not end") }
        }
    }

    /// How many jobs ran since the start.
    var jobs: Int { life?.executor.executed ?? 0 }

    /// It is killed; the next `pass` starts another.
    func crash() {
        life?.crash(clock, after: 0)
        life = nil
        runner = nil
    }

    func stop() throws {
        if let trouble = life?.stop(clock).first { throw HouseProblem.runner(trouble) }
        life = nil
        runner = nil
    }

    func dependencies(_ shelf: ProfileShelf) -> RunnerDependencies {
        let seed = lives
        let source = Held(SeededRandom(seed: seed))
        let entropy: @Sendable (Int) -> [UInt8] = { count in
            var bytes: [UInt8] = []
            source.update { random in bytes = (0..<count).map { _ in UInt8.random(in: 0 ... .max, using: &random) } }
            return bytes
        }
        let outside = outside
        return RunnerDependencies(
            ledger: ledger, clock: clock.runnerClock, registry: outside.registry, profiles: shelf, vault: .transparent,
            tools: .synthetic(entropy), probe: { outside.probe($0) }, runCommand: { try await outside.run($0) },
            send: { try await outside.send($0) }, entropy: entropy, settings: settings,
            report: { outside.note("\($0.kind) \($0.certificate) \($0.text)") })
    }

    // MARK: What came of it

    func overview(_ name: String) async throws -> CertificateOverview {
        guard let id = try await ledger.certificate(named: name)?.id, let overview = try await ledger.overview(id)
        else {
            throw HouseProblem.unknown(name)
        }
        return overview
    }

    func state(_ name: String) async throws -> RenewalState { try await overview(name).state }

    func placement(_ name: String, _ place: String = "web/alpha") async throws -> PlacementRecord {
        guard let placement = try await overview(name).placements.first(where: { $0.name == place }) else {
            throw HouseProblem.unknown(place)
        }
        return placement
    }

    func held(_ name: String, _ place: String = "web/alpha") async throws -> Int? {
        try await placement(name, place).held?.number
    }

    func publications(_ name: String, _ place: String = "web/alpha") async throws -> [PublicationRecord] {
        try await ledger.publications(of: try await placement(name, place).id, limit: 100)
    }

    /// Events of one kind, oldest first.
    func events(_ name: String?, _ kind: String) async throws -> [Event] {
        try await ledger.events(after: 0, certificate: name, limit: .max).filter { $0.draft.kind == kind }
    }
}

enum HouseProblem: Error {
    case setup
    case unknown(String)
    case runner(String)
}
