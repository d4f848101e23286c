import Automation
import Foundation
import PluginKit
import Synchronization

/// A time in which something does not work.
struct Outage: Sendable, Hashable {
    var start: Instant
    var end: Instant

    func holds(at instant: Instant) -> Bool { start <= instant && instant < end }
}

/// Everything outside of the runner: an issuer and targets that work, fail and hang as the scenario says. It outlives
/// every crash.
final class World: Sendable {
    struct Issued: Sendable, Hashable {
        var request: String
        var serial: String
        var at: Instant
    }

    struct Shown: Sendable {
        var certificate: SyntheticCertificate?
        /// What the service has read: changes with a reload.
        var served: SyntheticCertificate?
        var previous: SyntheticCertificate?
    }

    struct State: Sendable {
        var random: SeededRandom
        var issued: [Issued] = []
        /// Orders that are being processed: request, when it is ready.
        var orders: [String: Instant] = [:]
        var targets: [String: Shown] = [:]
        var publishes: [(target: String, at: Instant)] = []
        var testFailures = 0
        var proofFailures = 0
    }

    let scenario: Scenario
    let clock: VirtualClock
    private let state: Mutex<State>

    init(_ scenario: Scenario, clock: VirtualClock) {
        self.scenario = scenario
        self.clock = clock
        state = Mutex(State(random: SeededRandom(seed: scenario.seed &* 31 &+ 7)))
    }

    func update<Result>(_ body: (inout sending State) throws -> sending Result) rethrows -> sending Result {
        try state.withLock(body)
    }

    var issued: [Issued] { update { $0.issued } }

    func shown(_ target: String) -> Shown? { update { $0.targets[target] } }

    /// Takes a little time, as everything outside does.
    func hesitate() async throws {
        let slowest = scenario.slowness
        let pause = update { Int64.random(in: 1...20, using: &$0.random) }
        try await clock.sleep(slowest * Int(pause) / 20)
    }

    func failsNow(_ outages: [Outage], rate: Double) -> Bool {
        let now = clock.now
        if outages.contains(where: { $0.holds(at: now) }) { return true }
        return update { $0.random.chance(rate) }
    }
}

/// Issues synthetic certificates: at once, or after some processing; fails while it is out.
struct ScriptedIssuer: Issuer {
    let world: World

    private struct Order: Codable {
        var serial: String
        var notBefore: Instant
    }

    func check() async throws -> CheckReport { CheckReport() }

    func begin(_ request: IssuanceRequest, _ journal: any Journal) async throws -> Issuance {
        try await world.hesitate()
        try failIfOut()
        let order = Order(
            serial: world.update { String(UInt64.random(in: 1 ... .max, using: &$0.random)) },
            notBefore: world.clock.now)
        let handle = try Handle(order)
        try await journal.record(.ordered, handle)
        return try await goOn(request, handle, order, journal)
    }

    func resume(_ request: IssuanceRequest, from handle: Handle, _ journal: any Journal) async throws -> Issuance {
        try await world.hesitate()
        try failIfOut()
        return try await goOn(request, handle, try handle.decode(Order.self), journal)
    }

    private func goOn(
        _ request: IssuanceRequest, _ handle: Handle, _ order: Order, _ journal: any Journal
    ) async throws -> Issuance {
        let now = world.clock.now
        let longest = world.scenario.longestProcessing
        let ready = world.update { state -> Instant in
            if let ready = state.orders[request.id] { return ready }
            let ready = now + (state.random.chance(0.3) ? .seconds(Int64.random(in: 1...longest, using: &state.random)) : .zero)
            state.orders[request.id] = ready
            return ready
        }
        guard ready <= now else { return .pending(handle, phase: .finalizing, notBefore: ready.date) }
        try await world.hesitate()
        let lines = String(decoding: request.signingRequest, as: UTF8.self).split(separator: "\n").map(String.init)
        let life = world.scenario.life(ofRequest: request.id)
        let certificate = SyntheticCertificate(
            serial: order.serial, subjects: Array(lines.dropLast()), notBefore: order.notBefore,
            notAfter: order.notBefore + life, chainNotAfter: order.notBefore + life, key: lines.last ?? "",
            issuer: "simulated")
        world.update { state in
            state.issued.append(World.Issued(request: request.id, serial: order.serial, at: now))
        }
        return .issued(chains: [[certificate.der]], handle)
    }

    private func failIfOut() throws {
        guard world.failsNow(world.scenario.issuerOutages, rate: world.scenario.flakiness) else { return }
        let limited = world.update { $0.random.chance(0.2) }
        throw PluginFailure(
            limited ? .rateLimited : .transient, code: "issuer.out", message: "the issuer is out", remedy: "wait",
            retryAfter: limited ? (world.clock.now + .minutes(5)).date : nil)
    }
}

/// Publishes to targets in memory; a crash may fall between any two of its steps.
struct ScriptedPublisher: Publisher {
    let world: World

    private func key(_ delivery: Delivery) -> String { delivery.options.text("directory") ?? "" }

    func check(_ delivery: Delivery) async throws -> CheckReport { CheckReport() }

    func inspect(_ delivery: Delivery) async throws -> Presence {
        try await world.hesitate()
        try failIfOut(delivery)
        guard let certificate = world.shown(key(delivery))?.certificate else { return .nothing }
        return .certificates([certificate.der])
    }

    func publish(_ delivery: Delivery, _ journal: any Journal) async throws -> Receipt {
        try await world.hesitate()
        try failIfOut(delivery)
        guard let artifact = delivery.artifacts.first,
            let certificate = artifact.bytes.withBytes({ SyntheticCertificate(der: Data($0)) })
        else { throw PluginFailure(.bug, code: "no-artifact", message: "no artifact", remedy: "none") }
        let key = key(delivery)
        let handle = try Handle(["target": key])
        try await journal.record(.staged, handle)
        try await world.hesitate()
        try failIfOut(delivery)
        let isChanged = world.update { state -> Bool in
            state.publishes.append((key, world.clock.now))
            let before = state.targets[key]?.certificate
            guard before != certificate else { return false }
            state.targets[key, default: World.Shown()].previous = before
            state.targets[key]?.certificate = certificate
            return true
        }
        try await world.hesitate()
        try await journal.record(.switched, handle)
        return Receipt(effect: isChanged ? .changed : .unchanged, atomic: true, handle: handle)
    }

    func rollback(_ delivery: Delivery, to handle: Handle, _ journal: any Journal) async throws -> Receipt {
        try await world.hesitate()
        try failIfOut(delivery)
        let key = key(delivery)
        world.update { state in
            if let previous = state.targets[key]?.previous { state.targets[key]?.certificate = previous }
        }
        try await journal.record(.restored, handle)
        return Receipt(effect: .changed, atomic: true, handle: handle)
    }

    private func failIfOut(_ delivery: Delivery) throws {
        let outages = world.scenario.targetOutages[delivery.target] ?? []
        guard world.failsNow(outages, rate: world.scenario.flakiness) else { return }
        throw PluginFailure(.transient, code: "target.out", message: "the target is out", remedy: "wait")
    }
}
