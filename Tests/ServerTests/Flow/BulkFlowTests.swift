import Automation
import Foundation
import PluginKit
import Profiles
import Storage
import Testing

@testable import Server

@Suite("one flow for many certificates")
struct BulkFlowTests {
    static func overview(_ id: Int64, _ flow: Flow, isRetired: Bool = false) -> CertificateOverview {
        let life = FlowSamples.life
        var record = CertificateRecord(
            id: id, name: "c\(id).example", subjects: [.dns("c\(id).example")], issuer: "own", flow: flow, seed: id,
            createdAt: life.notBefore)
        record.isRetired = isRetired
        record.revision = id
        var state = RenewalState(certificate: id)
        state.current = 1
        state.life = life
        state.storedAt = life.notBefore
        state.heldNumber = 1
        var placement = PlacementRecord(
            id: id, certificate: id, profile: "haproxy-edge", target: "lb", createdAt: life.notBefore)
        placement.held = .init(
            number: 1, fingerprint: Fingerprint(sha256: Data(repeating: 1, count: 32)), life: life, delivery: "d",
            since: life.notBefore)
        return CertificateOverview(certificate: record, state: state, placements: [placement])
    }

    static let saved = Flow(rules: FlowRules(publicationEnabled: true), profiles: ["haproxy-edge"])
    static var nights: Flow {
        var flow = saved
        flow.rules.window = FlowSamples.window([.saturday, .sunday], [0, 1])
        return flow
    }

    static func bulk(_ selected: [CertificateOverview]) -> BulkFlow {
        BulkFlow(nights, for: selected, profiles: FlowSamples.profiles, lives: ["own": .days(47)], now: FlowSamples.now)
    }

    @Test("it says which it changes, which stay, and where it can't be")
    func rows() throws {
        let bulk = Self.bulk([
            Self.overview(1, Self.saved), Self.overview(2, Self.nights), Self.overview(3, Self.saved, isRetired: true),
        ])
        #expect(bulk.changing.map(\.certificate) == ["c1.example"])
        #expect(bulk.changing.first?.changes.map(\.setting) == [.window, .timeZone])
        #expect(bulk.changing.first?.revision == 1)
        #expect(bulk.staying.map(\.certificate) == ["c2.example"])
        #expect(bulk.refused.map(\.certificate) == ["c3.example"])
        #expect(bulk.refused.first?.problem?.remedy.isEmpty == false)
    }

    @Test("the load moves into the new window's days and periods")
    func load() throws {
        let bulk = Self.bulk((1...200).map { Self.overview(Int64($0), Self.saved) })
        #expect(bulk.after.sum > 0 && bulk.before.sum > 0)
        for day in Weekday.allCases {
            for period in Period.all where !Self.nights.rules.window.cells[day, period] {
                #expect(bulk.after[day, period] == 0, "\(day) \(period.name)")
            }
        }
        let busiest = try #require(bulk.after.busiest)
        #expect([.saturday, .sunday].contains(busiest.day) && busiest.runs <= bulk.after.sum)
        #expect(LoadGrid(zone: .utc).busiest == nil)
    }

    @Test("what it would break is counted by certificate")
    func warnings() {
        var late = Self.nights
        late.rules.renewIn = .afterExpiration(days: 3)
        let bulk = BulkFlow(
            late, for: (1...3).map { Self.overview(Int64($0), Self.saved) }, profiles: FlowSamples.profiles,
            lives: [:], now: FlowSamples.now)
        #expect(bulk.warningCounts.first { $0.kind == .outageByRule }?.certificates == 3)
    }

    @Test("an outage behind the days that the load counts is warned of, and counts for no load")
    func lateOutage() {
        var overview = Self.overview(1, Self.saved)
        let life = Life(notBefore: FlowSamples.now - .days(1), notAfter: FlowSamples.now + BulkFlow.horizon + .days(5))
        overview.state.life = life
        overview.placements = []
        var late = Flow(rules: FlowRules(renewIn: .afterExpiration(days: 1)))
        late.rules.publicationEnabled = false
        let bulk = BulkFlow(
            late, for: [overview], profiles: FlowSamples.profiles, lives: ["own": life.length], now: FlowSamples.now)
        #expect(bulk.warningCounts.map(\.kind) == [.outageByRule])
        #expect(bulk.after.sum == 0)
    }
}
