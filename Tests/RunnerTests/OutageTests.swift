import Automation
import Foundation
import PluginKit
import Profiles
import Storage
import Testing

@testable import Runner
@testable import SimulationKit

@Suite("a target that is down for days")
struct OutageTests {
    private static let targets = ["alpha", "beta", "gamma", "delta", "epsilon"]
    private static let name = "www.example"

    @Test("costs the four others nothing, is retried to the end, issues nothing again, and is told once at each level")
    func threeDays() async throws {
        let house = try House()
        try house.addProfile("web", targets: Self.targets, steps: ["reload", "proof"])
        house.outside.update { $0.life = .hours(160) }
        try await house.apply(try house.spec(Self.name))
        try house.pass(.hours(1))
        let first = try #require(try await house.placement(Self.name, "web/epsilon").held?.life)

        // More than half of the first version's life is left when the next comes, and less than a tenth three days later.
        try house.pass(first.notAfter - first.length * 52 / 100 - house.now)
        house.outside.update { state in
            state.life = .days(90)
            state.down = ["epsilon"]
        }
        let begun = house.now
        _ = try await house.desk.renew(Self.name, force: true)
        try house.wake(.minutes(5))
        for target in Self.targets.dropLast() {
            #expect(try await house.publications(Self.name, "web/\(target)").first?.state == .serving)
            #expect(try await house.held(Self.name, "web/\(target)") == 2)
        }
        #expect(try await house.held(Self.name, "web/epsilon") == 1)

        try house.pass(.days(3) - (house.now - begun))
        let back = house.now
        #expect((first.notAfter - back) * 10 < first.length, "the last level was reached")
        let tries = try await failures(house)
        for (earlier, later) in zip(tries, tries.dropFirst() + [back]) {
            let left = first.notAfter - earlier
            // A closed breaker may add a fiftieth.
            #expect(later - earlier <= max(left / 10, .minutes(5)) + left / 50 + .seconds(10))
        }
        #expect(house.outside.count("order") == 2, "what can't be published is not issued again")
        #expect(
            levels(house) == [
                "first failure", "half of its life is left", "a quarter of its life is left",
                "a tenth of its life is left",
            ])

        house.outside.update { $0.down = [] }
        try house.pass((first.notAfter - back) / 5)
        #expect(try await house.publications(Self.name, "web/epsilon").first?.state == .serving)
        #expect(try await house.held(Self.name, "web/epsilon") == 2)
        #expect(house.outside.notices.count { $0.title.contains("succeeded again") } == 1)
        #expect(house.outside.notices.last?.title.contains("succeeded again") == true)
        #expect(house.outside.notices.count == 5, "and of the others nothing is told")
        #expect(house.outside.count("order") == 2)
    }

    /// When the publication to the target that is down failed, oldest first.
    private func failures(_ house: House) async throws -> [Instant] {
        try await house.ledger.attempts(of: nil, work: nil, limit: 1000)
            .filter { $0.target == "web/epsilon" && $0.version == 2 && $0.outcome == .failed }
            .map(\.endedAt).reversed()
    }

    /// What the alerts say of the publication that fails, in their order: "... failed (first failure)".
    private func levels(_ house: House) -> [String] {
        house.outside.notices.filter { $0.title.contains("web/epsilon") && $0.title.contains("failed (") }.compactMap {
            $0.title.split(separator: "(").last.map { String($0.dropLast()) }
        }
    }
}
