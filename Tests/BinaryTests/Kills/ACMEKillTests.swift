import FaultKit
import Foundation
import HostileAuthority
import TestPeers
import Testing

@Suite("Kills of a renewal at an ACME authority", .serialized)
struct ACMEKillTests {
    @Test("at every send and every commit: no certificate issued twice, an order more only where its URL was lost")
    func renewal() async throws {
        try await withTemporaryDirectory { directory in
            try await Pebble.withRunning(.with { $0.alwaysValid = true }, in: directory) { pebble in
                try await behindProxy(of: pebble, in: directory.appending(path: "first")) { first in
                    try await behindProxy(of: pebble, in: directory.appending(path: "second")) { second in
                        try await kills([first, second])
                    }
                }
            }
        }
    }

    private func behindProxy(
        of pebble: Pebble, in directory: URL, _ body: (ACMEProxy) async throws -> Void
    ) async throws {
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
        try await ACMEProxy.withRunning(before: pebble, in: directory) { try await body($0) }
    }

    /// Also the bytes by which threads wake one another: they go nowhere.
    private static let many: @Sendable (TracedCall) -> Bool = { Thoroughness.many($0) || $0.role == ACMEStage.waking }

    private func kills(_ proxies: [ACMEProxy]) async throws {
        let scratch = try ScratchDirectory()
        defer { scratch.remove() }
        var made: [ACMEStage] = []
        for (side, proxy) in proxies.enumerated() {
            made.append(try await ACMEStage(in: "\(scratch.path)/\(side)", behind: proxy))
        }
        let stages = made
        let matrix = FaultMatrix { scene in
            try await stages[scene.side].renewal()
        } check: { scene, outcome in
            try await stages[scene.side].check(outcome)
        }
        let report = try await matrix.kills(every: Thoroughness.stride, of: Self.many)
        #expect(report.failures.isEmpty && report.coverage == 1, "\(report)")
        // It went where it hurts.
        let met = stages.map(\.met)
        #expect(met.contains { $0.lostOrders > 0 } && met.contains { $0.lostCertificates > 0 }, "\(met)")
    }
}
