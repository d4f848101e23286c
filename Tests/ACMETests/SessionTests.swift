import Automation
import Curl
import Foundation
import PluginKit
import Testing

@testable import ACME

@Suite("The conversation with a CA")
struct SessionTests {
    @Test("nonces are used once, the newest first; what is none, too many and old ones are dropped")
    func pool() {
        let (pool, now) = (NoncePool(), Date(timeIntervalSince1970: 1_000_000))
        for text in ["", "a b", "../x", String(repeating: "a", count: 257)] { pool.put(text, now) }
        #expect(pool.count == 0)
        for number in 0..<100 { pool.put("n\(number)", now) }
        #expect(pool.count == 64)
        #expect(pool.take(now) == "n99" && pool.take(now) == "n98")
        #expect(pool.take(now.addingTimeInterval(601)) == nil && pool.count == 0)
    }

    @Test("one at a time, in their order; a failure is shared where it is asked for")
    func turns() async throws {
        let (turns, running, most) = (Turns(), Box(0), Box(0))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    try await turns.take("x") {
                        let now = running.update { $0 += 1 }
                        most.update { $0 = max($0, now) }
                        await Task.yield()
                        running.update { $0 -= 1 }
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(most.value == 1)
    }

    @Test("many who wait for a directory that can't be reached fail together")
    func sharedFailure() async throws {
        let (calls, clock) = (Box(0), ManualClock())
        let shared = Shared(
            Transport { _ in
                calls.update { $0 += 1 }
                for _ in 0..<200 { await Task.yield() }
                throw TransferFailure(.unreachable, "ca.test: no")
            }, product: "certflow")
        let settings = try ACMESettings(Options(["directory": .text("https://ca.test/dir")]), isRehearsal: false)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    await #expect(throws: TransferFailure.self) { try await shared.session(settings, clock) }
                }
            }
        }
        #expect(calls.value < 25)
    }

    @Test("what changes nothing is sent once more where the connection broke; what does is not")
    func repeats() async throws {
        for (path, times) in [("/nonce", 2), ("/authz/", 2), ("/order", 1), ("/account", 1)] {
            let (bench, calls) = (Bench(), Box(0))
            await bench.authority.set {
                $0.before = { request, _ in
                    guard request.url.contains(path) else { return nil }
                    calls.update { $0 += 1 }
                    throw TransferFailure(.broken, "ca.test: broke off")
                }
            }
            await expect(.transient, "acme.broken-off") { try await bench.issue(Ask("a.example.com")) }
            #expect(calls.value == times)
        }
    }

    @Test("a directory is fetched again after an hour")
    func directoryLife() async throws {
        let bench = Bench()
        for _ in 0..<3 {
            _ = try await bench.issue(Ask("a.example.com"))
            bench.clock.advance(1900)
        }
        #expect(await bench.authority.requests.filter { $0 == "GET /dir" }.count == 2)
    }
}
