import Automation
import Foundation
import PluginKit
import Profiles

/// What one seed decides: certificates with their flows, targets, and everything that goes wrong.
public struct Scenario: Sendable {
    public enum Scale: String, Sendable, CaseIterable {
        /// Lives from 160 hours to 398 days.
        case year
        /// Lives of ten minutes to an hour.
        case day

        /// How many certificates a seed has unless told otherwise: each renews some hundred times in a day.
        public var usualCount: Int { self == .year ? 50 : 20 }
    }

    public let seed: UInt64
    public let start: Instant
    public let length: Span
    var certificates: [CertificateSpec] = []
    /// By certificate.
    var lives: [String: Span] = [:]
    var profiles = ProfileSet()
    var issuerOutages: [Outage] = []
    /// By target name.
    var targetOutages: [String: [Outage]] = [:]
    /// How long a step outside takes at most; small against the shortest life, for nobody can be faster than that.
    let slowness: Duration
    /// How long an issuer processes an order at most, in seconds.
    let longestProcessing: Int64
    /// How long an issuer that limits rates wants to be left alone.
    let patience: Span
    /// By certificate: when a new one of it spoils the test of its target.
    var testOutages: [String: [Outage]] = [:]
    /// The share of calls that fail without an outage.
    var flakiness = 0.0
    var crashes: [Outage] = []
    /// Stops as a service does, and starts again.
    var restarts: [Instant] = []
    var edits: [Instant] = []
    /// When somebody else changes what is on a target.
    var drifts: [Instant] = []
    var clockJumps: [(at: Instant, by: Span)] = []

    static let zones = [
        "UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Cairo",
        "America/St_Johns", "Pacific/Apia", "Antarctica/Troll", "Asia/Tokyo",
    ]

    /// - Parameter count: certificates.
    public init(seed: UInt64, scale: Scale, count: Int) {
        self.seed = seed
        var random = SeededRandom(seed: seed)
        start = Instant(seconds: 1_798_761_600 + Int64.random(in: 0..<31_536_000, using: &random))
        length = scale == .year ? .days(365) : .hours(24)
        slowness = scale == .year ? .seconds(2) : .milliseconds(200)
        longestProcessing = scale == .year ? 90 : 3
        patience = scale == .year ? .minutes(5) : .seconds(10)
        let unit = scale == .year ? Span.days(1) : Span.minutes(4)
        makeProfiles(&random)
        for index in 0..<count { makeCertificate(index, scale, &random) }
        flakiness = random.pick([0, 0, 0.01, 0.05], else: 0)
        issuerOutages = outages(random.pick([0, 1, 3], else: 0), longest: unit.seconds, &random)
        for target in Self.targetNames where random.chance(0.5) {
            targetOutages[target] = outages(2, longest: unit.seconds, &random)
        }
        for certificate in certificates where random.chance(0.1) {
            testOutages[certificate.name] = outages(1, longest: 3 * unit.seconds, &random)
        }
        for _ in 0..<random.pick([0, 2, 6], else: 0) {
            let begin = moment(&random)
            crashes.append(
                Outage(start: begin, end: begin + .seconds(.random(in: 0...(unit.seconds / 4), using: &random))))
        }
        restarts = (0..<random.pick([0, 2], else: 0)).map { _ in moment(&random) }
        edits = (0..<random.pick(scale == .year ? [0, 6, 16] : [0, 4], else: 0)).map { _ in moment(&random) }
        drifts = (0..<random.pick([0, 4], else: 0)).map { _ in moment(&random) }
        if scale == .year, random.chance(0.3) {
            clockJumps = [(moment(&random), .minutes(.random(in: -30...30, using: &random)))]
        }
    }

    static let targetNames = ["alpha", "beta", "gamma"]

    public var end: Instant { start + length }

    var isShort: Bool { length < .days(30) }

    /// Nothing new goes wrong from then on, so that everything can come to rest.
    var quietFrom: Instant { start + length * 8 / 10 }

    private func moment(_ random: inout SeededRandom) -> Instant {
        start + .seconds(Int64.random(in: 0..<(quietFrom - start).seconds, using: &random))
    }

    private func outages(_ count: Int, longest: Int64, _ random: inout SeededRandom) -> [Outage] {
        (0..<count).map { _ in
            let begin = moment(&random)
            return Outage(start: begin, end: begin + .seconds(Int64.random(in: 60...max(61, longest), using: &random)))
        }
    }

    // MARK: Profiles

    static let schema = OptionSchema([
        .init("directory", .path, required: true, role: .place, "where"),
        .init("content", .content, required: true, "what"),
    ])

    private mutating func makeProfiles(_ random: inout SeededRandom) {
        let origin = SourcePosition(file: "simulated", line: 1, column: 1)
        for (name, count) in [("solo", 1), ("fleet", 3)] {
            let targets = Self.targetNames.prefix(count).map { target in
                PublishingProfile.Target(
                    name: target,
                    options: OptionTree([
                        "directory": .text(
                            (try? Template("/\(name)/\(target)/{{certificate.name}}")) ?? Template(literal: "/"), .path,
                            origin),
                        "content": .artifact(ArtifactRequest(.fullchain)),
                    ]))
            }
            profiles.publishing[name] = PublishingProfile(
                name: name, publisher: "scripted", targets: targets,
                test: random.chance(0.7)
                    ? CommandStep([Template(literal: "test")], timeout: .seconds(30), place: .here) : nil,
                reload: CommandStep([Template(literal: "reload")], timeout: .seconds(30), place: .here),
                proof: random.chance(0.5)
                    ? .tls(
                        connect: (try? Template("{{target.name}}.\(name):443")) ?? Template(literal: "x:443"),
                        serverName: try? Template("{{certificate.name}}"), within: .minutes(1)) : nil,
                rollout: count > 1 && random.chance(0.5) ? Rollout(first: 1, then: .percent(50)) : .allAtOnce)
        }
        profiles.issuing["issuer"] = IssuingProfile(name: "issuer", issuer: "scripted", options: OptionTree())
    }

    // MARK: Certificates

    static let yearLives: [Span] = [.hours(160), .days(45), .days(47), .days(90), .days(90), .days(398)]
    static let dayLives: [Span] = [.minutes(10), .minutes(30), .hours(1)]

    private mutating func makeCertificate(_ index: Int, _ scale: Scale, _ random: inout SeededRandom) {
        let name = "cert-\(index).example"
        lives[name] = random.pick(scale == .year ? Self.yearLives : Self.dayLives, else: .days(90))
        guard let subject = Subject(name) else { return }
        certificates.append(
            CertificateSpec(
                name: name, subjects: [subject], issuer: "issuer", flow: Self.flow(scale, &random)))
    }

    static func flow(_ scale: Scale, _ random: inout SeededRandom) -> Flow {
        let zone = ZoneTable.shared[random.pick(zones, else: "UTC")] ?? .utc
        let rules = FlowRules(
            renewIn: renewIn(&random), publicationEnabled: random.chance(0.9), publishOn: publishOn(&random),
            lastResort: random.pick(LastResort.allCases, else: .publish),
            window: window(scale, zone, &random),
            publicationWindow: random.chance(0.3) ? window(scale, zone, &random) : nil, earlier: !random.chance(0.1))
        return Flow(rules: rules, profiles: [random.pick(["solo", "fleet"], else: "solo")])
    }

    private static func renewIn(_ random: inout SeededRandom) -> RenewIn {
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<5: .automatic
        case 5..<8: .beforeExpiration(days: random.pick([1, 3, 7, 15, 30], else: 30))
        case 8: .onExpiration
        default: .afterExpiration(days: random.pick([1, 3], else: 1))
        }
    }

    private static func publishOn(_ random: inout SeededRandom) -> PublishOn {
        random.pick(
            [.afterRenew, .afterRenew, .afterRenew, .onPreviousExpiry, .afterPreviousExpiry], else: .afterRenew)
    }

    private static func window(_ scale: Scale, _ zone: Zone, _ random: inout SeededRandom) -> Window {
        guard scale == .year, random.chance(0.7) else { return Window(.all, zone: zone) }
        var cells = Cells(bits: UInt64.random(in: 0..<(1 << 42), using: &random))
        if random.chance(0.3) { cells = Cells(bits: 0b11 << UInt64.random(in: 0..<40, using: &random)) }
        if cells.isEmpty { cells = .all }
        return Window(cells, zone: zone)
    }

    // MARK: What the issuer gives

    /// Ids name the certificate by its number: the nth that was created.
    func life(ofRequest id: String) -> Span {
        guard let number = id.split(separator: "/").first.flatMap({ Int64($0) }) else { return .days(90) }
        return livesByID[number] ?? .days(90)
    }

    func name(ofRequest id: String) -> String {
        id.split(separator: "/").first.flatMap { Int64($0) }.flatMap { namesByID[$0] } ?? ""
    }

    /// Filled in when the certificates have their ids.
    var livesByID: [Int64: Span] = [:]
    var namesByID: [Int64: String] = [:]
}
