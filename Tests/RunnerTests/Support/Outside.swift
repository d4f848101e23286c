import Automation
import Foundation
import PluginKit
import Synchronization

@testable import Runner
@testable import SimulationKit

/// An issuer, targets and commands that do what a test says, and write down what is asked of them.
final class Outside: Sendable {
    struct State {
        var log: [String] = []
        var notes: [String] = []
        /// By "profile/target/certificate".
        var places: [String: SyntheticCertificate] = [:]
        var served: [String: SyntheticCertificate] = [:]
        /// By verb, in the order they are thrown.
        var failures: [String: [PluginFailure]] = [:]
        /// By verb, for as long as they stand.
        var outages: [String: PluginFailure] = [:]
        /// Whether a command succeeds, by "test target" or "reload target".
        var refusals: Set<String> = []
        /// Certificates that spoil the test of the target they are on while they are newer than what is served.
        var spoilt: Set<String> = []
        var hooks: [String: @Sendable () async throws -> Void] = [:]
        var notices: [Notice] = []
        var running: [String: Int] = [:]
        var mostAtOnce: [String: Int] = [:]
        var life = Span.days(90)
        /// Orders take so long.
        var processing = Span.zero
        var serial = 0
        /// How long each publication had, in the order in which they came.
        var timesLeft: [Span] = []
        /// Orders that take long were told to issue.
        var processes = false
        /// Of the issuers.
        var concurrency = 16
        /// Those that advice was asked for.
        var predecessors: [IssuanceRequest.Predecessor] = []
        var issuerEnds: Instant?
        var secondEnds: Instant?
        /// Targets at which nobody answers.
        var down: Set<String> = []
        /// Whether every endpoint has a second address, at which nobody answers.
        var hasDeadAddress = false
        /// On the first version of every certificate.
        var advice: Advice?
    }

    private let state: Mutex<State>
    let clock: VirtualClock
    /// How long each call takes.
    let pace = Duration.seconds(1)

    init(_ clock: VirtualClock) {
        self.clock = clock
        state = Mutex(State())
    }

    func update<Result>(_ body: (inout sending State) throws -> sending Result) rethrows -> sending Result {
        try state.withLock(body)
    }

    var log: [String] { update { $0.log } }
    var notices: [Notice] { update { $0.notices } }
    func count(_ line: String) -> Int { log.count { $0 == line || $0.hasPrefix(line + " ") } }
    func forget() { update { $0.log = [] } }
    func note(_ text: String) { update { $0.notes.append(text) } }
    func shown(_ place: String) -> SyntheticCertificate? { update { $0.places[place] } }

    func put(_ certificate: SyntheticCertificate?, at place: String) {
        update { state in
            state.places[place] = certificate
            state.served[place] = certificate
        }
    }

    /// Writes the call down, counts who is there at once, runs the hook, and fails where a test wants it.
    func call<Result: Sendable>(
        _ verb: String, _ what: String, counting group: String? = nil, _ body: () async throws -> Result
    ) async throws -> Result {
        let hook = update { state -> (@Sendable () async throws -> Void)? in
            state.log.append(what.isEmpty ? verb : "\(verb) \(what)")
            if let group {
                state.running[group, default: 0] += 1
                state.mostAtOnce[group] = max(state.mostAtOnce[group] ?? 0, state.running[group] ?? 0)
            }
            return state.hooks[verb]
        }
        defer { if let group { update { $0.running[group, default: 1] -= 1 } } }
        try await clock.sleep(pace)
        try await hook?()
        let failure = update { state -> PluginFailure? in
            if let failure = state.outages[verb] ?? state.outages["\(verb) \(what)"] { return failure }
            if let group, state.down.contains(group) { return .test(.transient) }
            guard var queue = state.failures[verb], !queue.isEmpty else { return nil }
            let failure = queue.removeFirst()
            state.failures[verb] = queue
            return failure
        }
        if let failure { throw failure }
        return try await body()
    }

    // MARK: Commands, proofs, notices

    func run(_ call: CommandCall) async throws -> CommandResult {
        let profile = call.environment["CERTFLOW_PROFILE"] ?? ""
        let target = call.environment["CERTFLOW_TARGET"] ?? ""
        let verb = call.command.arguments.first ?? ""
        // A test may look at one certificate alone.
        let named = call.command.arguments.dropFirst().first
        return try await self.call(verb, target) {
            update { state in
                let here = state.places.filter { $0.key.hasPrefix("\(profile)/\(target)/") }
                if verb == "test" {
                    let spoils = here.contains { place, certificate in
                        let name = place.split(separator: "/").last.map(String.init) ?? ""
                        return state.served[place] != certificate && state.spoilt.contains(name)
                            && (named == nil || named == name)
                    }
                    if spoils { return CommandResult(ending: .exited(1), output: "does not parse") }
                }
                if state.refusals.contains("\(verb) \(target)") {
                    return CommandResult(ending: .exited(1), output: "refused")
                }
                if verb == "reload" { for (place, certificate) in here { state.served[place] = certificate } }
                return CommandResult(ending: .exited(0), output: "")
            }
        }
    }

    func probe(_ endpoint: Endpoint) -> [Presented] {
        let parts = endpoint.host.split(separator: ".").map(String.init)
        let place = "\(parts.last ?? "")/\(parts.first ?? "")/\(endpoint.serverName ?? "")"
        return update { state in
            state.log.append("probe \(parts.first ?? "")")
            let served = state.down.contains(parts.first ?? "") ? nil : state.served[place]
            let refused = Presented.Answer.failure("connection refused")
            let first = Presented(address: "192.0.2.1:443", answer: served.map { .chain([$0.der]) } ?? refused)
            return state.hasDeadAddress ? [first, Presented(address: "192.0.2.2:443", answer: refused)] : [first]
        }
    }

    func send(_ notice: Notice) async throws {
        try await call("send", "") { update { $0.notices.append(notice) } }
    }

    // MARK: Backends

    static let schema = OptionSchema([
        .init("directory", .path, required: true, role: .place, "where"),
        .init("content", .content, required: true, "what"),
    ])

    var registry: Registry {
        let publisher = Manifest(
            name: "test", kind: .publisher, version: "1", summary: "",
            capabilities: [.inspect, .rollback, .withdraw], contents: [.fullchain, .challenge], options: Self.schema)
        func issuer(_ name: String, _ prefix: String, _ capabilities: Set<Capability>) -> Backend<any Issuer> {
            let concurrency = update { $0.concurrency }
            let manifest = Manifest(
                name: name, kind: .issuer, version: "1", summary: "", capabilities: capabilities,
                options: OptionSchema(), concurrency: concurrency)
            return Backend(manifest) { _, context in
                TestIssuer(outside: self, prefix: (context.isRehearsal ? "rehearse-" : "") + prefix)
            }
        }
        return Registry(
            publishers: [Backend(publisher) { _, _ in TestPublisher(outside: self) }],
            issuers: [
                issuer("test", "", [.advice, .revoke, .rehearse]), issuer("second", "second-", []),
            ])
    }
}

struct TestIssuer: Issuer {
    let outside: Outside
    /// Before each verb in the log.
    let prefix: String

    func check() async throws -> CheckReport { CheckReport() }

    func expires() async throws -> Date? {
        outside.update { (prefix.hasSuffix("second-") ? $0.secondEnds : $0.issuerEnds)?.date }
    }

    func begin(_ request: IssuanceRequest, _ journal: any Journal) async throws -> Issuance {
        try await outside.call("\(prefix)order", request.id, counting: "\(prefix)issuer") {
            let ready = outside.clock.now + outside.update { $0.processing }
            let handle = try Handle(["ready": ready.seconds])
            try await journal.record(.ordered, handle)
            return try await goOn(request, handle, ready)
        }
    }

    func resume(_ request: IssuanceRequest, from handle: Handle, _ journal: any Journal) async throws -> Issuance {
        try await outside.call("\(prefix)poll", request.id) {
            let ready = Instant(seconds: try handle.decode([String: Int64].self)["ready"] ?? 0)
            return try await goOn(request, handle, ready)
        }
    }

    func advice(for version: IssuanceRequest.Predecessor) async throws -> Advice? {
        outside.update { $0.predecessors.append(version) }
        return try await outside.call("\(prefix)advice", version.facts.certificate) {
            outside.update { version.facts.number == 1 ? $0.advice : nil }
        }
    }

    func cancel(_ request: IssuanceRequest, from handle: Handle) async throws {
        outside.update { $0.log.append("\(prefix)cancel \(request.id)") }
    }

    func revoke(_ certificate: Data, reason: Int) async throws {
        let serial = SyntheticCertificate(der: certificate)?.serial ?? "?"
        try await outside.call("\(prefix)revoke", "\(serial) \(reason)") {}
    }

    private func goOn(_ request: IssuanceRequest, _ handle: Handle, _ ready: Instant) async throws -> Issuance {
        let phase = outside.update { $0.processes ? Step.finalizing : .ordered }
        guard ready <= outside.clock.now else { return .pending(handle, phase: phase, notBefore: ready.date) }
        let lines = String(decoding: request.signingRequest, as: UTF8.self).split(separator: "\n").map(String.init)
        let (serial, life) = outside.update { state in
            state.serial += 1
            return (String(state.serial), state.life)
        }
        let now = outside.clock.now
        let certificate = SyntheticCertificate(
            serial: serial, subjects: Array(lines.dropLast()), notBefore: now, notAfter: now + life,
            chainNotAfter: now + life, key: lines.last ?? "", issuer: "test")
        return .issued(chains: [[certificate.der]], handle)
    }
}

struct TestPublisher: Publisher {
    let outside: Outside

    private func place(_ delivery: Delivery) -> String {
        (delivery.options.text("directory") ?? "").split(separator: "/").joined(separator: "/")
    }

    func check(_ delivery: Delivery) async throws -> CheckReport { CheckReport() }

    func inspect(_ delivery: Delivery) async throws -> Presence {
        try await outside.call("inspect", delivery.target) {
            outside.shown(place(delivery)).map { .certificates([$0.der]) } ?? .nothing
        }
    }

    func publish(_ delivery: Delivery, _ journal: any Journal) async throws -> Receipt {
        let certificate = delivery.artifacts.first?.bytes.withBytes { SyntheticCertificate(der: Data($0)) }
        let what = "\(delivery.target) \(delivery.version.certificate) \(delivery.version.number)"
        let left = Instant(delivery.deadline) - outside.clock.now
        outside.update { $0.timesLeft.append(left) }
        return try await outside.call("publish", what, counting: delivery.target) {
            let handle = try Handle(["before": outside.shown(place(delivery))?.der ?? Data()])
            try await journal.record(.staged, handle)
            return try await outside.call("switch", delivery.target) {
                let isChanged = outside.shown(place(delivery)) != certificate
                outside.update { $0.places[place(delivery)] = certificate }
                try await journal.record(.switched, handle)
                return Receipt(effect: isChanged ? .changed : .unchanged, atomic: true, handle: handle)
            }
        }
    }

    func withdraw(_ delivery: Delivery) async throws -> [String] {
        try await outside.call("withdraw", "\(delivery.target) \(place(delivery))") { [] }
    }

    func rollback(_ delivery: Delivery, to handle: Handle, _ journal: any Journal) async throws -> Receipt {
        try await outside.call("rollback", delivery.target) {
            let before = try handle.decode([String: Data].self)["before"] ?? Data()
            outside.update { $0.places[place(delivery)] = SyntheticCertificate(der: before) }
            try await journal.record(.restored, handle)
            return Receipt(effect: .changed, atomic: true, handle: handle)
        }
    }
}

extension PluginFailure {
    static func test(_ kind: FailureClass, retryAfter: Instant? = nil) -> PluginFailure {
        PluginFailure(
            kind, code: "test.\(kind.rawValue)", message: "as the test wants", remedy: "none",
            retryAfter: retryAfter?.date)
    }
}
