import Automation
import FilesystemPublisher
import Foundation
import LocalAuthority
import PluginKit
import Profiles
import Runner
import Storage
import StorageSQLite

/// What a home has, put together in this process as the program does it: ledger, profiles, local authority, runner.
struct WorkingHome: Sendable {
    static let publishing = "files"
    static let issuing = "local-authority"

    /// Where certificates are published to, a directory each.
    let targets: String
    let ledger: SQLiteLedger
    let desk: Desk
    let runner: Runner
    let notes: Notes
    private let workers: WorkerThreads
    private let registry: Registry

    init(in directory: String, name: String) async throws {
        let home = "\(directory)/\(name)"
        targets = "\(home)/tls"
        let profiles = "\(home)/profiles"
        for folder in [targets, "\(profiles)/publishing", "\(profiles)/issuing"] {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        }
        try Self.publishingProfile(targets).write(
            toFile: "\(profiles)/publishing/\(Self.publishing).yaml", atomically: true, encoding: .utf8)
        try "profile: \(Self.issuing)\nissuer: local-authority\nwith: {lifetime: 90d}\n".write(
            toFile: "\(profiles)/issuing/\(Self.issuing).yaml", atomically: true, encoding: .utf8)
        let registry = Registry(publishers: [FilesystemPublisher.backend()], issuers: [LocalAuthority.backend])
        self.registry = registry
        let set = try ProfileSet.load(directory: profiles, registry: registry)
        let entropy: @Sendable (Int) -> [UInt8] = { MasterKey.systemEntropy($0) }
        let master = try MasterKey.loadOrCreate(home: home, environment: [:])
        let vault = Vault(master: master, entropy: entropy)
        let now: @Sendable () -> Instant = { Instant(Date()) }
        ledger = try SQLiteLedger(
            path: "\(home)/certflow.db", creating: true, auditKey: master.derived(for: "audit"), chain: name)
        if let profile = set.issuing[Self.issuing] {
            let state = SealedPluginState(ledger: ledger, vault: vault, scope: "issuing/\(profile.name)", now: now)
            try await LocalAuthority.create(
                try profile.options.render(TemplateVariables()) { _ in Secret([]) },
                PluginContext(state: state, clock: MachineClock(), entropy: entropy))
        }
        let shelf = ProfileShelf(
            stamp: { ProfileSet.stamp(directory: profiles) }, load: { ProfileShelf.Reading(set: set) })
        let workers = WorkerThreads(count: ProcessInfo.processInfo.activeProcessorCount)
        self.workers = workers
        let notes = Notes()
        self.notes = notes
        desk = Desk(
            ledger: ledger, profiles: set, registry: registry, person: Person(name: "benchmark"), now: now,
            entropy: entropy)
        runner = Runner(
            RunnerDependencies(
                ledger: ledger, clock: MachineClock.ofRunner, registry: registry, profiles: shelf, vault: vault,
                tools: .live(workers: workers), probe: { _ in [] }, runCommand: { _ in throw NoCommands() }, send: nil,
                entropy: entropy, report: { notes.take($0) }))
    }

    private struct NoCommands: Error {}

    private static func publishingProfile(_ targets: String) -> String {
        """
        profile: \(publishing)
        publisher: filesystem
        with:
          directory: \(targets)/{{certificate.name}}
          layout: versioned
          files:
            - {name: fullchain.pem, content: fullchain, mode: "0644"}
            - {name: chain.pem, content: chain, mode: "0644"}
            - {name: privkey.pem, content: privateKey, mode: "0600"}
        targets: [{name: here}]

        """
    }

    /// New certificates, due at once.
    func add(_ numbers: Range<Int>, published: Bool) async throws {
        let flow = Flow(
            rules: FlowRules(renewIn: .beforeExpiration(days: 30), publicationEnabled: published),
            profiles: published ? [Self.publishing] : [])
        let page = 1000
        for start in stride(from: numbers.lowerBound, to: numbers.upperBound, by: page) {
            let specs = (start..<min(start + page, numbers.upperBound)).map { number in
                let name = Self.name(number)
                return CertificateSpec(
                    name: name, subjects: [.dns(name), .dns("www.\(name)")], issuer: Self.issuing, flow: flow)
            }
            _ = try await desk.apply(specs, isRehearsal: false)
        }
    }

    static func name(_ number: Int) -> String { "host-\(number).example.com" }

    /// Runs the runner while `body` runs.
    func whileRunning(_ body: @Sendable @escaping () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await runner.run(.untilStopped) }
            group.addTask {
                defer { runner.stop() }
                try await body()
            }
            try await group.waitForAll()
        }
    }

    func close() async {
        await ledger.close()
        await registry.close()
        workers.end()
    }
}

/// The clocks of this machine.
struct MachineClock: WallClock {
    static let ofRunner = RunnerClock(
        now: { Instant(Date()) }, monotonic: { ContinuousClock.now - start }, sleep: { try await Task.sleep(for: $0) })
    private static let start = ContinuousClock.now

    var now: Date { Date() }

    func sleep(until instant: Date) async throws {
        try await Task.sleep(for: .seconds(max(0, instant.timeIntervalSinceNow)))
    }
}
