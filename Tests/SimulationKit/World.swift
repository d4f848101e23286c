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
/// every crash, and remembers what the runner did to it and what it did to the runner.
final class World: Sendable {
    struct Issued: Sendable, Hashable {
        var request: String
        var serial: String
        var at: Instant
    }

    /// Something that was refused or lost, as the oracle may excuse by it.
    struct Fault: Sendable {
        var at: Instant
        var certificate: String
        /// "profile/target"; nil for the issuer.
        var place: String?
        /// The other side asked for patience until then.
        var resumesAt: Instant?
    }

    /// What stands in one place of a target, and what the service has read from it.
    struct Shown: Sendable {
        var certificate: SyntheticCertificate?
        /// Changes with a reload.
        var served: SyntheticCertificate?
        var previous: SyntheticCertificate?
        /// What was served from when on.
        var history: [(at: Instant, certificate: SyntheticCertificate?)] = []
        /// When somebody else changed what is there.
        var drifts: [Instant] = []

        // In place, for a copy of the history at each step would cost more than all the rest.

        mutating func hold(_ new: SyntheticCertificate?) {
            guard certificate != new else { return }
            previous = certificate
            certificate = new
        }

        mutating func read(at now: Instant) {
            guard served != certificate else { return }
            served = certificate
            history.append((now, served))
        }

        mutating func drift(to new: SyntheticCertificate?, at now: Instant) {
            certificate = new
            served = new
            history.append((now, new))
            drifts.append(now)
        }
    }

    struct Place: Sendable, Hashable, Comparable {
        var profile: String
        var target: String
        var certificate: String

        var name: String { "\(profile)/\(target)" }
        static func < (left: Self, right: Self) -> Bool {
            (left.profile, left.target, left.certificate) < (right.profile, right.target, right.certificate)
        }
    }

    struct State: Sendable {
        var random: SeededRandom
        var issued: [Issued] = []
        /// Orders that are being processed: request, when it is ready.
        var orders: [String: Instant] = [:]
        var places: [Place: Shown] = [:]
        var writes: [(place: Place, at: Instant)] = []
        var faults: [Fault] = []
        var notices: [(at: Instant, notice: Notice)] = []
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

    /// Takes a little time, as everything outside does.
    func hesitate() async throws {
        let pause = update { Int64.random(in: 1...20, using: &$0.random) }
        try await clock.sleep(scenario.slowness * Int(pause) / 20)
    }

    /// Whether a call fails now; if so it is remembered for whom.
    func fails(_ outages: [Outage], certificate: String, place: String?, patience: Span? = nil) -> Bool {
        let now = clock.now
        return update { state in
            guard outages.contains(where: { $0.holds(at: now) }) || state.random.chance(scenario.flakiness) else {
                return false
            }
            state.faults.append(
                Fault(at: now, certificate: certificate, place: place, resumesAt: patience.map { now + $0 }))
            return true
        }
    }

    // MARK: Targets

    func put(_ certificate: SyntheticCertificate?, at place: Place) {
        let now = clock.now
        update { state in
            state.writes.append((place, now))
            state.places[place, default: Shown()].hold(certificate)
        }
    }

    /// The service on a target reads all that is there.
    func reload(profile: String, target: String) {
        let now = clock.now
        update { state in
            let here = state.places.keys.filter { $0.profile == profile && $0.target == target }
            for place in here { state.places[place]?.read(at: now) }
        }
    }

    /// Somebody else puts something on a target, and the service reads it.
    func drift(_ place: Place, to certificate: SyntheticCertificate?) {
        let now = clock.now
        update { $0.places[place]?.drift(to: certificate, at: now) }
    }

    /// The new certificates of these do not pass a test while the service still has the old ones. That is a fault for
    /// whatever is tested there, too: one that may not be put back, as the one before it has expired, stays in its way.
    func failsTest(profile: String, target: String, tested: String) -> Bool {
        let now = clock.now
        return update { state in
            let spoilt = state.places.filter { place, shown in
                place.profile == profile && place.target == target && shown.certificate != shown.served
                    && scenario.testOutages[place.certificate]?.contains { $0.holds(at: now) } ?? false
            }
            guard !spoilt.isEmpty else { return false }
            let place = Place(profile: profile, target: target, certificate: tested)
            // What may not be put back stands there until its own trouble is over, whether or not somebody tries.
            let stuck = spoilt.filter { $0.key != place && $0.value.previous?.notAfter ?? .distantPast <= now }
            let until = stuck.keys.flatMap { scenario.testOutages[$0.certificate] ?? [] }.filter { $0.holds(at: now) }
                .map(\.end).max()
            for spoiltPlace in Set(spoilt.keys).union([place]).sorted() {
                state.faults.append(
                    Fault(
                        at: now, certificate: spoiltPlace.certificate, place: spoiltPlace.name,
                        resumesAt: spoiltPlace == place ? until : nil))
            }
            return true
        }
    }

    func shown(_ place: Place) -> Shown? { update { $0.places[place] } }
}
