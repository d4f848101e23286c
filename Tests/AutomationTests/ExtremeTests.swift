import Foundation
import Testing

@testable import Automation

/// Values from outside that no sane certificate, clock or file has: a trap would end the whole program.
@Suite("dates far away, lives of nothing and numbers without measure are planned with, not trapped on")
struct ExtremeTests {
    static let moments: [Instant] = [
        .distantPast, Instant(seconds: -631_152_000), Instant(seconds: -1), Instant(seconds: 0),
        Instant(seconds: 1_800_000_000), Instant(seconds: 7_258_118_399), Instant(seconds: 253_402_300_798),
        .distantFuture,
    ]
    static let lengths: [Span] = [
        .zero, .seconds(1), .seconds(19), .minutes(1), .minutes(10), .days(9), .days(398), .days(.max),
    ]

    static func lives() -> [Life] {
        moments.flatMap { begin in
            lengths.flatMap { length in
                [begin + length, begin + length / 2, begin - length].map { chainEnd in
                    Life(notBefore: begin, notAfter: begin + length, chainNotAfter: chainEnd)
                }
            }
        }
    }

    static let renewals: [RenewIn] = [
        .automatic, .beforeExpiration(days: 1), .beforeExpiration(days: .max), .beforeExpiration(days: .min),
        .onExpiration, .afterExpiration(days: 365), .afterExpiration(days: .max), .afterExpiration(days: .min),
    ]

    static func windows() throws -> [Window] {
        let zones = try ["UTC", "Europe/Berlin", "Pacific/Apia", "Australia/Lord_Howe"].map {
            try #require(ZoneTable.shared[$0])
        }
        return zones.flatMap { zone in
            [Cells.all, .none, Cells(bits: 1), Cells(bits: 1 << 41)].map { Window($0, zone: zone) }
        }
    }

    @Test("every plan ends, and lies between its bounds", arguments: renewals)
    func plans(renewIn: RenewIn) throws {
        var random = SeededGenerator(seed: 8)
        for window in try Self.windows() {
            for life in Self.lives() {
                let rules = FlowRules(
                    renewIn: renewIn, publicationEnabled: Bool.random(using: &random),
                    publishOn: PublishOn.allCases.randomElement(using: &random) ?? .afterRenew,
                    lastResort: LastResort.allCases.randomElement(using: &random) ?? .ask, window: window,
                    earlier: Bool.random(using: &random))
                let (now, other) = (pick(&random), pick(&random))
                var situation = RenewalSituation(
                    life: life, storedAt: pick(&random),
                    spread: Spread(share: UInt32.random(in: 0 ... .max, using: &random)))
                if Bool.random(using: &random) { situation.retryAt = other }
                if Bool.random(using: &random) { situation.unheldPublication = pick(&random) }
                if Bool.random(using: &random) {
                    situation.advice = .init(start: pick(&random), end: pick(&random), firstStart: other, learnt: other)
                }
                if let run = RenewalPlanner(rules).plan(situation, now: now) {
                    #expect(run.earliest <= run.at && run.at <= run.latest, "\(run)")
                    #expect(!Wording.reason(run, in: window.zone).isEmpty)
                    #expect(Forecast.triesLeft(run, stage: .issuing, replaces: life, window: window) <= 10)
                    _ = Forecast.warnings(for: run, replaces: life)
                }
                let held = PublicationSituation.Held(life: life, revokedAt: Bool.random(using: &random) ? other : nil)
                let publication = PublicationSituation(
                    held: held, notBefore: pick(&random), wantedSince: pick(&random), notSooner: other)
                if let run = PublicationPlanner(rules).plan(publication, now: now) {
                    #expect(run.at >= publication.notBefore)
                }
            }
        }
    }

    private func pick(_ random: inout SeededGenerator) -> Instant {
        Self.moments.randomElement(using: &random) ?? .distantPast
    }

    @Test("every forecast ends, of no target, one or many", arguments: renewals)
    func forecasts(renewIn: RenewIn) throws {
        for (index, life) in Self.lives().enumerated() where index % 7 == 0 {
            for targets in [0, 1, 3] {
                let input = ForecastInput(
                    certificate: "x",
                    rules: FlowRules(
                        renewIn: renewIn, publicationEnabled: true, window: try Self.windows()[index % 16]),
                    current: RenewalSituation(life: life, storedAt: life.notBefore, spread: Spread(share: .max)),
                    currentNumber: 1,
                    targets: (0..<targets).map { .init(name: "p/\($0)", held: .init(life: life), heldNumber: 1) },
                    newLife: life.length, spread: { _ in Spread(share: .max) })
                let forecast = Forecast(input, from: Self.moments[index % 8], until: .distantFuture, limit: 20)
                #expect(forecast.runs.count <= 20)
                _ = Forecast.warnings(for: input, runs: forecast.runs, ending: forecast.ending)
            }
        }
    }

    @Test("policies have an answer to every number")
    func policies() {
        for life in Self.lives() {
            for now in Self.moments {
                for failures in [Int.min, -1, 0, 1, 3, .max] {
                    for kind in [RetryPolicy.Kind.passing, .needsPerson] {
                        let next = RetryPolicy.next(
                            after: failures, kind: kind, stage: .publishing, at: now, replaced: life,
                            retryAfter: failures == 3 ? .distantFuture : nil, share: .max)
                        #expect(next > now || now == .distantFuture)
                    }
                    _ = AlertPolicy.level(failures: failures, atStake: life, now: now)
                }
            }
        }
        var breaker = Breaker()
        for _ in 0..<100 { breaker.failed(at: .distantFuture) }
        #expect(breaker.openUntil == .distantFuture)
        for share in [Rollout.Share.count(.max), .count(.min), .percent(.max), .percent(.min)] {
            for first in [Int.min, 0, 1, .max] {
                let rollout = Rollout(first: first, then: share)
                for index in [-1, 0, 1, .max] {
                    _ = rollout.admission(of: index, among: [.done, .done, .outstanding])
                    #expect(rollout.admission(of: index, among: []) == .admitted)
                }
            }
        }
    }

    @Test("dates beyond the years 1 to 9999 and beyond numbers become the nearest that there is")
    func dates() {
        for seconds in [Double.infinity, -.infinity, .nan, 1e300, -1e300, .greatestFiniteMagnitude] {
            let instant = Instant(Date(timeIntervalSince1970: seconds))
            #expect((Instant.distantPast...Instant.distantFuture).contains(instant))
        }
        #expect(Instant.distantFuture.rfc3339 == "9999-12-31T23:59:59Z")
        #expect(Instant.distantPast.rfc3339 == "0001-01-01T00:00:00Z")
        #expect(Instant.distantFuture + .days(.max) == .distantFuture)
        #expect(Instant.distantPast - .days(.max) == .distantPast)
        #expect(LocalTime(.distantPast, in: .utc).words == "Mon 0001-01-01 00:00")
        #expect(LocalTime(.distantFuture, in: .utc).words == "Fri 9999-12-31 23:59")
        #expect(Wording.relative(.distantFuture, to: .distantPast).hasPrefix("in 3652058 days"))
        #expect((.days(.max) + .days(.max)).seconds == Span.days(.max).seconds)
        #expect(-Span.days(.min) == .days(.max))
    }

    @Test(
        "what is no zone is none",
        arguments: [
            "", "/", "Europe/", "Europe/Nowhere", "../../etc/passwd", "Europe/Berlin\0x", "GMT+25", "Etc/GMT+99",
        ])
    func zones(name: String) { #expect(Zone(identifier: name) == nil) }
}
