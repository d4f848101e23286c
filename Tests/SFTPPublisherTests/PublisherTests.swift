import FileContract
import Foundation
import PluginKit
import TestPeers
import Testing

@testable import SFTPPublisher

@Suite("Publishing to OpenSSH's server")
struct PublisherTests {
    @Test("a set is published, is unchanged the second time, and goes back", arguments: FileOptions.Layout.allCases)
    func roundTrip(layout: FileOptions.Layout) async throws {
        try await Bench.with { bench in
            var bench = bench
            bench.layout = layout
            #expect(try await bench.inspected() == nil)
            #expect(try await bench.publish(1).effect == .changed)
            #expect(try await bench.inspected() == 1)
            let second = try await bench.publish(2)
            #expect(second.effect == .changed)
            #expect(second.atomic == (layout == .versioned))
            #expect(try await bench.publish(2).effect == .unchanged)
            #expect(try await bench.inspected() == 2)
            let key = try String(contentsOfFile: bench.path("privkey.pem"), encoding: .utf8)
            #expect(key.hasPrefix("set 2\n"))
            let handle = try #require(second.handle)
            _ = try await bench.publisher.rollback(bench.look(2), to: handle, MemoryJournal())
            #expect(try await bench.inspected() == 1)
            #expect(bench.pool.count == 1)
        }
    }
}
