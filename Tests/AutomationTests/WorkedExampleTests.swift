import Foundation
import Testing

@testable import Automation

/// The worked examples of the design: `Fixtures/time.json`.
struct WorkedExample: Decodable, Sendable, CustomTestStringConvertible {
    struct WindowForm: Decodable {
        var timeZone: String
        var open: [String: [String]]
    }

    struct VersionForm: Decodable {
        var notBefore: String
        var notAfter: String
        var storedAndServed: String
    }

    struct Run: Decodable {
        var stage: String
        var earliest: String
        var latest: String
        var reason: String
    }

    var title: String
    var renew: String
    var days: Int
    var publish: PublishOn
    var lastResort: LastResort
    var earlier: Bool
    var window: WindowForm
    var publicationWindow: WindowForm?
    var version1: VersionForm
    var lifeOfNewVersions: String
    var expect: [Run]

    var testDescription: String { title }

    static let all: [WorkedExample] = {
        struct File: Decodable { var examples: [WorkedExample] }
        guard let url = Bundle.module.url(forResource: "Fixtures/time", withExtension: "json"),
            let data = try? Data(contentsOf: url), let file = try? JSONDecoder().decode(File.self, from: data)
        else { return [] }
        return file.examples
    }()

    func forecast(share: UInt32) throws -> [ForecastRun] {
        let life = Life(notBefore: try instant(version1.notBefore), notAfter: try instant(version1.notAfter))
        let stored = try instant(version1.storedAndServed)
        let input = ForecastInput(
            certificate: "example", rules: try rules(),
            current: RenewalSituation(life: life, storedAt: stored, spread: Spread(share: share)), currentNumber: 1,
            targets: [.init(name: "profile/target", held: .init(life: life), heldNumber: 1)],
            newLife: Span(seconds: try #require(Int64(lifeOfNewVersions.dropLast()))),
            spread: { _ in Spread(share: share) })
        return Forecast(input, from: stored, until: .distantFuture, limit: expect.count).runs
    }

    private func rules() throws -> FlowRules {
        let renewIn: RenewIn =
            switch renew {
            case "automatic": .automatic
            case "before-expiration": .beforeExpiration(days: days)
            case "on-expiration": .onExpiration
            default: .afterExpiration(days: days)
            }
        return FlowRules(
            renewIn: renewIn, publicationEnabled: true, publishOn: publish, lastResort: lastResort,
            window: try build(window), publicationWindow: try publicationWindow.map(build), earlier: earlier)
    }

    private func build(_ form: WindowForm) throws -> Window {
        var cells = Cells.none
        for (day, periods) in form.open {
            let day = try #require(Weekday(name: day))
            for period in periods { cells[day, try #require(Period(name: period))] = true }
        }
        return Window(cells, zone: try #require(ZoneTable.shared[form.timeZone]))
    }

    private func instant(_ text: String) throws -> Instant { try #require(Instant(rfc3339: text)) }
}

@Suite("the worked examples of the design hold")
struct WorkedExampleTests {
    @Test("all 26 examples are read")
    func examplesAreRead() { #expect(WorkedExample.all.count == 26) }

    @Test("the forecast stays within the example and reaches its bounds", arguments: WorkedExample.all)
    func forecastHolds(example: WorkedExample) throws {
        let first = try example.forecast(share: 0)
        let last = try example.forecast(share: .max)
        #expect(first.map(\.stage.rawValue) == example.expect.map(\.stage))
        #expect(last.map(\.stage.rawValue) == example.expect.map(\.stage))
        for (index, expected) in example.expect.enumerated() where index < min(first.count, last.count) {
            #expect(first[index].run.at.rfc3339 == expected.earliest, "earliest of run \(index): \(expected.reason)")
            #expect(last[index].run.at.rfc3339 == expected.latest, "latest of run \(index): \(expected.reason)")
        }
        for share in stride(from: UInt32(0), through: 0xF000_0000, by: 0x0F00_0000) {
            for (run, expected) in zip(try example.forecast(share: share), example.expect) {
                #expect(run.run.at.rfc3339 >= expected.earliest && run.run.at.rfc3339 <= expected.latest)
            }
        }
    }
}
