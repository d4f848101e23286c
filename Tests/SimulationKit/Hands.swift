import Automation
import Foundation
import Profiles
import Runner

/// What people do while the runner works: they change flows, renew, publish, roll back, pause, and meddle with targets.
/// It remembers when, for the oracle.
struct Hands {
    struct Deed: Hashable {
        enum Kind: Hashable { case flow, subjects, renew, publish, rollback, resume, pause(until: Instant) }
        var at: Instant
        var certificate: String
        var kind: Kind
    }

    /// What the rules of a certificate were from when on.
    struct Era {
        var from: Instant
        var flow: Flow
    }

    private(set) var specs: [CertificateSpec]
    private(set) var deeds: [Deed] = []
    private(set) var eras: [String: [Era]] = [:]
    private let scale: Scenario.Scale

    init(_ scenario: Scenario) {
        specs = scenario.certificates
        scale = scenario.length > .days(30) ? .year : .day
        for spec in specs { eras[spec.name] = [Era(from: scenario.start, flow: spec.flow)] }
    }

    func deeds(on certificate: String) -> [Deed] { deeds.filter { $0.certificate == certificate } }

    /// The flow in force at a moment, and since when.
    func era(of certificate: String, at instant: Instant) -> Era? {
        eras[certificate]?.last { $0.from <= instant } ?? eras[certificate]?.first
    }

    mutating func act(_ desk: Desk, at now: Instant, _ random: inout SeededRandom) async throws {
        guard let index = specs.indices.randomElement(using: &random) else { return }
        let name = specs[index].name
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<4:
            specs[index].flow = Scenario.flow(scale, &random)
            _ = try await desk.apply([specs[index]], isRehearsal: false)
            eras[name]?.append(Era(from: now, flow: specs[index].flow))
            note(.flow, name, now)
        case 4:
            guard let subject = Subject("extra-\(Int.random(in: 0..<1000, using: &random)).example") else { return }
            specs[index].subjects.append(subject)
            _ = try await desk.apply([specs[index]], isRehearsal: false)
            note(.subjects, name, now)
        case 5: try await allowed(.renew, name, now) { _ = try await desk.renew(name, force: true) }
        case 6: try await allowed(.publish, name, now) { _ = try await desk.publish(name) }
        case 7:
            try await allowed(.rollback, name, now) {
                _ = try await desk.rollback(name, to: nil, targets: [], untilReleased: false)
            }
        default:
            let unit: Span = scale == .year ? .days(3) : .minutes(2)
            let until = now + .seconds(Int64.random(in: 60...unit.seconds, using: &random))
            try await allowed(.pause(until: until), name, now) {
                _ = try await desk.pause(.name(name), until: until)
            }
        }
    }

    /// What the desk refuses for a reason is no deed.
    private mutating func allowed(
        _ kind: Deed.Kind, _ name: String, _ now: Instant, _ body: () async throws -> Void
    ) async throws {
        do {
            try await body()
            note(kind, name, now)
        } catch is DeskRefusal {
            // There is no version or no target yet.
        }
    }

    private mutating func note(_ kind: Deed.Kind, _ name: String, _ now: Instant) {
        deeds.append(Deed(at: now, certificate: name, kind: kind))
    }

    /// Somebody else puts an old certificate, one of another authority or nothing on a target.
    func meddle(_ world: World, _ random: inout SeededRandom) {
        let places = world.update { $0.places.filter { $0.value.certificate != nil }.keys.sorted() }
        guard let place = places.randomElement(using: &random), let shown = world.shown(place) else { return }
        let now = world.clock.now
        let foreign = SyntheticCertificate(
            serial: "foreign-\(now.seconds)", subjects: [place.certificate], notBefore: now - .days(1),
            notAfter: now + .seconds(.random(in: 3600...(800 * 86_400), using: &random)),
            chainNotAfter: now + .days(800), key: "foreign", issuer: "somebody else")
        world.drift(place, to: random.pick([foreign, shown.previous, nil], else: nil))
    }
}
