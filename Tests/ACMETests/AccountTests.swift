import Automation
import Curl
import Foundation
import PluginKit
import Testing

@testable import ACME

@Suite("The account at a CA")
struct AccountTests {
    @Test("the key is stored before the CA hears of it, and the account is found by it where the answer was lost")
    func lostAnswer() async throws {
        let bench = Bench()
        await bench.authority.set {
            $0.after = { request, response in
                guard request.url.hasSuffix("/account") else { return response }
                throw TransferFailure(.broken, "The connection to ca.test broke off.")
            }
        }
        let ask = try Ask("a.example.com")
        await expect(.transient, "acme.broken-off") { try await bench.issue(ask) }
        #expect(bench.state.stores == 1)
        #expect(await bench.authority.accounts.count == 1)
        await bench.authority.set { $0.after = { $1 } }
        _ = try await bench.issue(ask, by: bench.restarted())
        #expect(await bench.authority.accounts.count == 1)
    }

    @Test("a crash at any store of the state leaves one account at most, and the next try goes on", arguments: 1...2)
    func crashes(store: Int) async throws {
        for takesEffect in [false, true] {
            let bench = Bench()
            let ask = try Ask("a.example.com")
            bench.state.crash(atStore: store, takesEffect: takesEffect)
            await #expect(throws: MemoryState.Crash.self) { try await bench.issue(ask) }
            bench.state.stopCrashing()
            _ = try await bench.issue(ask, by: bench.restarted())
            #expect(await bench.authority.accounts.count == 1)
        }
    }

    @Test("many first renewals at once make one account, by one request")
    func together() async throws {
        let bench = Bench()
        let issuer = try await bench.issuer()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<20 {
                group.addTask { _ = try await bench.issue(Ask("w\(number).example.com", id: "\(number)"), by: issuer) }
            }
            try await group.waitForAll()
        }
        let requests = await bench.authority.requests
        #expect(requests.filter { $0 == "POST /account" }.count == 1)
        #expect(requests.filter { $0 == "GET /dir" }.count == 1)
    }

    @Test("no new account is made where the CA has forgotten ours, until a person forgets it too")
    func forgotten() async throws {
        let bench = Bench()
        let ask = try Ask("a.example.com")
        _ = try await bench.issue(ask)
        await bench.authority.set { $0.accounts = [:] }
        for issuer in [try await bench.issuer(), try await bench.restarted()] {
            let failure = await expect(.auth, "acme.account-unknown") { try await bench.issue(ask, by: issuer) }
            #expect(failure?.remedy.contains("certflow issuer account deactivate") == true)
        }
        #expect(await bench.authority.accounts.isEmpty)
        let transport = bench.authority.transport
        #expect(try await !ACME.deactivateAccount(bench.options, bench.context, transport))
        _ = try await bench.issue(ask, by: bench.restarted())
        #expect(await bench.authority.accounts.count == 1)
    }

    @Test("terms must be agreed to in the profile, and are named")
    func terms() async throws {
        let bench = Bench()
        await bench.authority.set { $0.meta = ["termsOfService": "https://ca.test/terms"] }
        let failure = await expect(.configuration, "acme.terms-not-accepted") {
            try await bench.issue(Ask("a.example.com"))
        }
        #expect(failure?.message.contains("https://ca.test/terms") == true)
        #expect(bench.state.stores == 0)
        _ = try await bench.with(["acceptTerms": .flag(true)]).issue(Ask("a.example.com"))
    }

    @Test("a profile that lacks something fails none that waits beside it")
    func beside() async throws {
        let bench = Bench()
        await bench.authority.set { $0.meta = ["termsOfService": "https://ca.test/terms"] }
        let agreeing = bench.with(["acceptTerms": .flag(true)])
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<10 {
                group.addTask {
                    _ = try? await bench.issue(Ask("a.example.com", id: "\(number)"))
                }
                group.addTask {
                    await #expect(throws: Never.self) {
                        try await agreeing.issue(Ask("b.example.com", id: "b\(number)"))
                    }
                }
            }
        }
    }

    @Test("a changed contact is told to the CA, once")
    func contact() async throws {
        let bench = Bench(["contact": .list([.text("a@example.com")])])
        _ = try await bench.issue(Ask("a.example.com"))
        #expect(await bench.authority.contacts.values.first == ["mailto:a@example.com"])
        let other = bench.with(["contact": .list([.text("mailto:b@example.com"), .text("c@example.com")])])
        await bench.authority.set { $0.requests = [] }
        for number in 1...2 { _ = try await other.issue(Ask("a.example.com", id: "\(number)")) }
        #expect(await bench.authority.contacts.values.first == ["mailto:b@example.com", "mailto:c@example.com"])
        #expect(await bench.authority.requests.filter { $0.hasPrefix("POST /accounts/") }.count == 1)
    }

    @Test("an external account is needed where the CA says so, and sent where the profile has one")
    func external() async throws {
        let bench = Bench()
        await bench.authority.set { $0.meta = ["externalAccountRequired": true] }
        await expect(.auth, "acme.external-account-required") { try await bench.issue(Ask("a.example.com")) }
        let binding = Options(["keyID": .text("kid-7"), "macKey": .secret(Secret(text: "AAEC\n"))])
        _ = try await bench.with(["externalAccount": .group(binding)]).issue(Ask("a.example.com"))
        #expect(await bench.authority.externalKeyIDs == ["kid-7"])
    }

    @Test("every kind of key makes an account and orders", arguments: AccountKey.Algorithm.allCases)
    func kinds(algorithm: AccountKey.Algorithm) async throws {
        let bench = Bench(["accountKey": .text(algorithm.rawValue)])
        _ = try await bench.issue(Ask("a.example.com"))
        let facts = try await ACME.account(bench.options, bench.context, bench.authority.transport)
        #expect(facts?.keyAlgorithm == algorithm.name && facts?.status == "valid")
    }

    @Test("an account that was closed is forgotten; the next renewal makes another")
    func closing() async throws {
        let bench = Bench()
        _ = try await bench.issue(Ask("a.example.com"))
        #expect(try await ACME.deactivateAccount(bench.options, bench.context, bench.authority.transport))
        #expect(await bench.authority.statuses.values.first == "deactivated")
        #expect(try await ACME.account(bench.options, bench.context, bench.authority.transport) == nil)
        _ = try await bench.issue(Ask("a.example.com", id: "web/1/1"))
        #expect(await bench.authority.accounts.count == 2)
    }

    @Test("an account that can't be read is no reason for another")
    func damaged() async throws {
        let bench = Bench()
        _ = try await bench.issue(Ask("a.example.com"))
        for name in bench.state.names { bench.state.set(name, "junk") }
        await expect(.configuration, "acme.account-damaged") {
            try await bench.issue(Ask("a.example.com"), by: bench.restarted())
        }
    }
}
