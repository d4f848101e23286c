import FileContract
import Foundation
import PluginKit
import TestPeers
import Testing

@testable import SFTPPublisher

@Suite("Round trips")
struct RoundTripTests {
    @Test(
        "a certificate that replaces another takes at most 26 round trips with read-back and 16 without",
        arguments: [(true, 26), (false, 16)])
    func replaced(verifies: Bool, most: Int) async throws {
        try await Bench.with(pool: SessionPool(most: 1, agent: nil)) { bench in
            var bench = bench
            bench.values["verify"] = .flag(verifies)
            try await bench.publish(1)
            let destination = try bench.target.destination
            // The session counts how often it had to wait. On a busy machine an answer may come in two pieces, and is
            // waited for twice: the least of five is what the protocol needs.
            var trips: [Int] = []
            for version in 2...6 {
                let before = try await bench.pool.withSession(with: destination) { await $0.roundTrips }
                try await bench.publish(version)
                let after = try await bench.pool.withSession(with: destination) { await $0.roundTrips }
                trips.append(after - before)
            }
            #expect(trips.min().map { $0 <= most && $0 > 5 } == true, "\(trips)")
        }
    }
}
