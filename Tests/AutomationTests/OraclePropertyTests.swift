import Foundation
import Testing

@testable import Automation

/// Repeats for ever from one seed.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64
    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }
    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state &* 0x2545_F491_4F6C_DD1D
    }
}

/// A zone and the years that are scanned in it.
struct ZoneYears: Sendable, CustomTestStringConvertible {
    let identifier: String
    let from: String
    let days: Int

    var testDescription: String { "\(identifier) from \(from)" }

    init(_ identifier: String, _ from: String = "2027-01-01T00:00:00Z", days: Int = 800) {
        self.identifier = identifier
        self.from = from
        self.days = days
    }

    /// Leap day 2028 and two year ends lie in the default stretch; the others hold a zone's odd year.
    private static let odd: [ZoneYears] = [
        .init("UTC"), .init("Europe/London"), .init("Europe/Dublin"), .init("Europe/Lisbon"),
        .init("Europe/Istanbul", "2015-06-01T00:00:00Z"), .init("Europe/Moscow", "2010-06-01T00:00:00Z"),
        .init("America/Los_Angeles"), .init("America/St_Johns", "2010-06-01T00:00:00Z"),
        .init("America/Sao_Paulo", "2018-01-01T00:00:00Z"), .init("America/Santiago"),
        .init("America/Caracas", "2015-06-01T00:00:00Z"), .init("America/Havana"),
        .init("America/Asuncion", "2023-06-01T00:00:00Z"), .init("America/Nuuk", "2023-01-01T00:00:00Z"),
        .init("Australia/Sydney"), .init("Australia/Eucla"), .init("Pacific/Apia", "2010-06-01T00:00:00Z"),
        .init("Pacific/Auckland"), .init("Pacific/Chatham"), .init("Pacific/Kiritimati"), .init("Pacific/Marquesas"),
        .init("Asia/Kolkata"), .init("Asia/Tokyo"), .init("Asia/Tehran", "2021-06-01T00:00:00Z"),
        .init("Asia/Pyongyang", "2017-06-01T00:00:00Z"), .init("Asia/Gaza"),
        .init("Africa/Juba", "2020-06-01T00:00:00Z"),
        .init("Atlantic/Azores"),
    ]

    /// Long enough for a life of ten years.
    private static let long: [ZoneYears] = [
        "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "Africa/Casablanca",
        "America/St_Johns", "Pacific/Apia", "Asia/Kathmandu", "America/Sao_Paulo", "Antarctica/Troll",
    ].map { ZoneYears($0, days: 4100) }

    static let all = odd + long
}

@Suite("windows and plans agree with a minute-by-minute oracle")
struct OraclePropertyTests {
    @Test("windows, renewals and publications are what a slow search finds", arguments: ZoneYears.all)
    func everythingAgrees(years: ZoneYears) throws {
        let oracle = MinuteOracle(
            zone: try #require(ZoneTable.shared[years.identifier]),
            from: try #require(Instant(rfc3339: years.from)), days: years.days)
        #expect(oracle.disagreements(every: 61) == 0, "the oracle itself agrees with Foundation's calendar")
        try windowsAgree(oracle, years)
        try plansAgree(oracle, years)
    }

    /// Every minute, jump and block of a window is what the runs say.
    private func windowsAgree(_ oracle: MinuteOracle, _ years: ZoneYears) throws {
        var random = SeededGenerator(seed: UInt64(oracle.minutes) &+ UInt64(years.identifier.utf8.count))
        // Every minute in the shorter stretches; in the long ones a seventh, which meets every minute of the hour.
        for step in years.days > 1000 ? [7] : [1, 7] {
            let window = Window(randomCells(&random), zone: oracle.zone)
            let scan = MinuteOracle.Scan(oracle, window.cells)
            var wrong = 0
            for run in oracle.runs {
                let open = scan.isOpen(run)
                for minute in stride(from: (run.start + step - 1) / step * step, to: run.end, by: step)
                where window.isOpen(at: oracle.instant(minute)) != open { wrong += 1 }
            }
            #expect(wrong == 0)
            for _ in 0..<400 { try jumpsAgree(window, scan, &random) }
            for day in stride(from: 3, to: years.days, by: 47) {
                let at = oracle.start + .days(Int64(day)) + .minutes(Int64.random(in: 0..<1440, using: &random))
                #expect(oracle.zone.startOfDay(holding: at) == oracle.startOfDay(at))
            }
        }
    }

    private func jumpsAgree(
        _ window: Window, _ scan: MinuteOracle.Scan, _ random: inout SeededGenerator
    ) throws {
        let oracle = scan.oracle
        let margin: Int64 = 1_300_000
        let at =
            oracle.start
            + .seconds(Int64.random(in: margin..<(oracle.end - oracle.start).seconds - margin, using: &random))
        let open = try #require(scan.firstOpen(at))
        #expect(window.firstOpen(atOrAfter: at) == open)
        #expect(min(window.closes(after: open), oracle.end) == scan.closing(open))
        let last = try #require(scan.lastOpen(before: at))
        let period = try #require(window.lastOpenPeriod(before: at))
        #expect(period == oracle.instant(last.start)..<oracle.instant(last.end))
        let found = try #require(window.lastOpenBlock(before: at))
        #expect(max(found.lowerBound, oracle.start) == oracle.instant(scan.blockStart(last)))
        #expect(found.upperBound == min(scan.closing(oracle.instant(last.start)), at))
    }

    static let lives: [Span] = [
        .minutes(10), .hours(160), .days(45), .days(47), .days(90), .days(398), .days(3650),
    ]

    /// Renewals and publications start where the rules, said once more by scanning, put them.
    private func plansAgree(_ oracle: MinuteOracle, _ years: ZoneYears) throws {
        var random = SeededGenerator(seed: UInt64(years.days) &+ UInt64(years.identifier.utf8.count) &* 7919)
        for round in 0..<84 {
            let length = Self.lives[round % Self.lives.count]
            // The longest life needs the longest scan.
            guard length + .days(90) < oracle.end - oracle.start - .days(60) else { continue }
            let slack = (oracle.end - oracle.start - length - .days(90)).seconds
            let begin = oracle.start + .seconds(Int64.random(in: 0..<slack, using: &random))
            // Some chains end before their leaf, and some versions are stored late.
            let cut = sometimes(upTo: length, &random)
            let life = Life(notBefore: begin, notAfter: begin + length, chainNotAfter: begin + length - cut)
            let stored = begin + sometimes(upTo: length, &random)
            let rules = randomRules(oracle.zone, &random)
            let slow = RuleOracle(rules, oracle)
            let situation = RenewalSituation(life: life, storedAt: stored, spread: Spread(share: 0))
            // Asked before it is stored: what may start at once has no spread left.
            let planned = RenewalPlanner(rules).plan(situation, now: begin - .seconds(1))
            let expected = slow.renewal(of: life, stored: stored)
            #expect(
                planned?.earliest == expected?.earliest && planned?.latest == expected?.latest
                    && planned?.move == expected?.move, "\(life) stored \(stored) \(rules)")
            let next = begin + .seconds(Int64.random(in: 0..<length.seconds, using: &random))
            let publication = PublicationSituation(held: .init(life: life), notBefore: next, wantedSince: next)
            let run = PublicationPlanner(rules).plan(publication, now: next)
            let wanted = slow.publicationStart(life, stored: next)
            #expect(run?.at == wanted?.0 && run?.move == wanted?.1, "\(life) next \(next) \(rules)")
        }
    }

    /// Zero in three of four cases.
    private func sometimes(upTo length: Span, _ random: inout SeededGenerator) -> Span {
        guard Int.random(in: 0..<4, using: &random) == 0 else { return .zero }
        return .seconds(Int64.random(in: 0..<length.seconds, using: &random))
    }

    @Test("however a version is spread, it is renewed in its window and leaves time to publish")
    func spreadKeepsTheWindow() throws {
        var random = SeededGenerator(seed: 4711)
        for round in 0..<3000 {
            let zone = try #require(ZoneTable.shared[ZoneYears.all[round % ZoneYears.all.count].identifier])
            let rules = randomRules(zone, &random)
            let begin = Instant(seconds: Int64.random(in: 1_800_000_000..<2_000_000_000, using: &random))
            let life = Life(notBefore: begin, notAfter: begin + Self.lives[round % Self.lives.count])
            let spread = Spread(share: UInt32.random(in: 0 ... .max, using: &random))
            let planner = RenewalPlanner(rules)
            guard let run = planner.plan(.init(life: life, storedAt: begin, spread: spread), now: begin) else {
                continue
            }
            #expect(run.earliest <= run.at && run.at <= run.latest)
            #expect(run.move == .outside || rules.window.isOpen(at: run.at))
            if let deadline = run.deadline, let latest = planner.latestStart(life, before: deadline),
                run.earliest <= latest
            {
                #expect(run.at <= latest)
            }
        }
    }

    private func randomCells(_ random: inout SeededGenerator) -> Cells {
        switch Int.random(in: 0..<5, using: &random) {
        case 0: return .all
        case 1: return Cells(bits: 1 << UInt64.random(in: 0..<42, using: &random))
        case 2: return Cells(bits: UInt64.random(in: 1..<(1 << 42), using: &random))
        case 3:
            let days = Weekday.allCases.filter { _ in Bool.random(using: &random) }
            let periods = Period.all.filter { _ in Bool.random(using: &random) }
            let cells = Cells(days: days, periods: periods)
            return cells.isEmpty ? Cells(bits: 3) : cells
        default:
            return Cells(bits: 0b11 << UInt64.random(in: 0..<41, using: &random))
        }
    }

    private func randomRules(_ zone: Zone, _ random: inout SeededGenerator) -> FlowRules {
        let days = [1, 3, 7, 15, 30, 200].randomElement(using: &random) ?? 30
        let renewIn: RenewIn =
            switch Int.random(in: 0..<5, using: &random) {
            case 0: .automatic
            case 1, 2: .beforeExpiration(days: days)
            case 3: .onExpiration
            default: .afterExpiration(days: min(days, 30))
            }
        let window = Window(randomCells(&random), zone: zone)
        return FlowRules(
            renewIn: renewIn, publicationEnabled: Int.random(in: 0..<5, using: &random) > 0,
            publishOn: PublishOn.allCases.randomElement(using: &random) ?? .afterRenew,
            lastResort: LastResort.allCases.randomElement(using: &random) ?? .ask, window: window,
            publicationWindow: Bool.random(using: &random) ? Window(randomCells(&random), zone: zone) : nil,
            earlier: Int.random(in: 0..<5, using: &random) > 0)
    }
}
