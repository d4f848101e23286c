import Automation
import Curl
import Foundation
import PluginKit
import Testing

@testable import ACME

@Suite("A new key for an account")
struct RolloverTests {
    struct Killed: Error {}

    private func rollOver(_ bench: Bench) async throws -> AccountFacts? {
        try await ACME.rollOverKey(bench.options, bench.context, bench.authority.transport)
    }

    @Test("the old key is replaced, and the account stays")
    func plain() async throws {
        let bench = Bench()
        _ = try await bench.issue(Ask("a.example.com"))
        let before = try await ACME.account(bench.options, bench.context, bench.authority.transport)
        let after = try await rollOver(bench.with(["accountKey": .text("es384")]))
        #expect(before?.url == after?.url && after?.keyAlgorithm == "ES384")
        _ = try await bench.issue(Ask("a.example.com", id: "web/1/1"), by: bench.restarted())
        #expect(await bench.authority.accounts.count == 1)
    }

    @Test("killed before or after any request or store, the account is usable afterwards, and there is one")
    func killed() async throws {
        for isLate in [false, true] {
            for number in 1...4 {
                let bench = Bench()
                _ = try await bench.issue(Ask("a.example.com"))
                let start = await bench.authority.requests.count
                await bench.authority.set { authority in
                    authority.before = { _, count in
                        if !isLate, count - start >= number { throw Killed() }
                        return nil
                    }
                    let counter = Box(0)
                    authority.after = { _, response in
                        if isLate, counter.update({ $0 += 1 }) >= number { throw Killed() }
                        return response
                    }
                }
                _ = try? await rollOver(bench)
                await bench.authority.set {
                    $0.before = { _, _ in nil }
                    $0.after = { $1 }
                }
                _ = try await bench.issue(Ask("a.example.com", id: "web/1/1"), by: bench.restarted())
                #expect(await bench.authority.accounts.count == 1)
                _ = try await rollOver(bench)
                _ = try await bench.issue(Ask("a.example.com", id: "web/1/2"), by: bench.restarted())
            }
        }
        for takesEffect in [false, true] {
            for store in 1...2 {
                let bench = Bench()
                _ = try await bench.issue(Ask("a.example.com"))
                bench.state.crash(atStore: store, takesEffect: takesEffect)
                await #expect(throws: MemoryState.Crash.self) { try await rollOver(bench) }
                bench.state.stopCrashing()
                _ = try await bench.issue(Ask("a.example.com", id: "web/1/1"), by: bench.restarted())
                #expect(await bench.authority.accounts.count == 1)
            }
        }
    }

    @Test("a lost answer is found out: whichever key the CA holds is used")
    func lostAnswer() async throws {
        let bench = Bench()
        _ = try await bench.issue(Ask("a.example.com"))
        await bench.authority.set {
            $0.after = { request, response in
                guard request.url.hasSuffix("/key") else { return response }
                throw TransferFailure(.broken, "The connection to ca.test broke off.")
            }
        }
        await expect(.transient, "acme.broken-off") { try await rollOver(bench) }
        await bench.authority.set { $0.after = { $1 } }
        _ = try await bench.issue(Ask("a.example.com", id: "web/1/1"))
        #expect(await bench.authority.accounts.count == 1)
    }

    @Test("where the CA refuses the new key for good the old one stays")
    func refused() async throws {
        let bench = Bench()
        _ = try await bench.issue(Ask("a.example.com"))
        await bench.authority.set {
            $0.before = { request, _ in
                request.url.hasSuffix("/key") ? ScriptedAuthority.problem(400, "badPublicKey", "too small") : nil
            }
        }
        await expect(.configuration, "acme.bad-public-key") { try await rollOver(bench) }
        _ = try await bench.issue(Ask("a.example.com", id: "web/1/1"), by: bench.restarted())
    }

    @Test("there is nothing to roll over before the first renewal")
    func nothing() async throws {
        await expect(.configuration, "acme.no-account") { try await rollOver(Bench()) }
    }
}
