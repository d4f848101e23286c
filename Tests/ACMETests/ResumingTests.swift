import Automation
import Curl
import Foundation
import PluginKit
import Testing

@testable import ACME

@Suite("An order after a crash")
struct ResumingTests {
    struct Killed: Error {}

    /// What the next process does: resumes what was recorded, else begins.
    private func goOn(_ bench: Bench, _ ask: Ask) async throws {
        await bench.authority.set {
            $0.before = { _, _ in nil }
            $0.after = { $1 }
        }
        bench.journal.refuse(from: .max)
        _ = try await bench.issue(ask, by: bench.restarted(), from: bench.journal.last)
    }

    @Test("killed before or after any request, one certificate is issued, and at most one order more is made")
    func killedAtRequests() async throws {
        for isLate in [false, true] {
            for number in 1...10 {
                let bench = Bench()
                let ask = try Ask("a.example.com")
                await bench.authority.set { authority in
                    authority.before = { _, count in
                        if !isLate, count >= number { throw Killed() }
                        return nil
                    }
                    let counter = Box(0)
                    authority.after = { _, response in
                        if isLate, counter.update({ $0 += 1 }) >= number { throw Killed() }
                        return response
                    }
                }
                await #expect(throws: Killed.self) { try await bench.issue(ask) }
                try await goOn(bench, ask)
                #expect(await bench.authority.issuedCount == 1)
                #expect(await bench.authority.accounts.count == 1)
                #expect(await bench.authority.orders.count <= (isLate && number == 4 ? 2 : 1), "\(number) \(isLate)")
                #expect(bench.solver.placed == 0)
            }
        }
    }

    @Test("killed at any entry of the journal, one certificate is issued", arguments: 0...2)
    func killedAtEntries(entry: Int) async throws {
        let bench = Bench()
        let ask = try Ask("a.example.com")
        bench.journal.refuse(from: entry)
        await #expect(throws: MemoryJournal.LeaseLost.self) { try await bench.issue(ask) }
        try await goOn(bench, ask)
        #expect(await bench.authority.issuedCount == 1)
        #expect(await bench.authority.orders.count <= (entry == 0 ? 2 : 1))
        #expect(bench.solver.placed == 0)
    }

    @Test("a lost answer to finalize is found out within the same try")
    func lostFinalize() async throws {
        let bench = Bench()
        await bench.authority.set {
            $0.after = { request, response in
                guard request.url.hasSuffix("/finalize") else { return response }
                throw TransferFailure(.broken, "The connection to ca.test broke off.")
            }
        }
        _ = try await bench.issue(Ask("a.example.com"))
        #expect(await bench.authority.issuedCount == 1)
    }

    @Test("an order that the CA has forgotten, or that is over, is followed by another")
    func overOrders() async throws {
        for days in [0.0, 30] {
            let bench = Bench()
            let ask = try Ask("a.example.com")
            bench.journal.refuse(from: 1)
            _ = try? await bench.issue(ask)
            bench.journal.refuse(from: .max)
            if days == 0 { await bench.authority.set { $0.orders = [:] } }
            bench.clock.advance(days * 86_400)
            try await goOn(bench, ask)
            #expect(await bench.authority.issuedCount == 1)
        }
    }

    @Test("a recorded order for another key is not used")
    func otherKey() async throws {
        let bench = Bench()
        bench.journal.refuse(from: 2)
        _ = try? await bench.issue(Ask("a.example.com"))
        let handle = try #require(bench.journal.last)
        bench.journal.refuse(from: .max)
        _ = try await bench.issue(Ask("a.example.com"), by: bench.restarted(), from: handle)
        #expect(await bench.authority.orders.count == 2)
    }

    @Test("a failed validation is told per name; the next try makes another order, and leaves nothing placed")
    func failedValidation() async throws {
        let bench = Bench()
        let ask = try Ask("a.example.com", "b.example.com")
        await bench.authority.set {
            $0.invalid = ["b.example.com": ["type": Problem.prefix + "dns", "detail": "no such name"]]
        }
        let failure = await expect(.transient, "acme.validation-failed") { try await bench.issue(ask) }
        #expect(failure?.message.contains("b.example.com: no such name") == true)
        #expect(failure?.message.contains("a.example.com: ") == false)
        #expect(bench.solver.placed == 0)
        await bench.authority.set { $0.invalid = [:] }
        try await goOn(bench, ask)
        #expect(await bench.authority.orders.count == 2)
    }

    @Test("what was placed is removed when the host gives the request up")
    func cancelled() async throws {
        let bench = Bench()
        let ask = try Ask("a.example.com")
        await bench.authority.set {
            $0.before = { request, _ in
                if request.url.contains("/chall/") { throw Killed() }
                return nil
            }
        }
        await #expect(throws: Killed.self) { try await bench.issue(ask) }
        let handle = try #require(bench.journal.last)
        let placed = try #require(try handle.decode(OrderRecord.self).placed.first)
        _ = try await bench.solver.present(
            Challenge(form: placed.form, subject: placed.subject, token: placed.token, keyAuthorization: ""),
            bench.journal)
        #expect(bench.solver.placed == 1, "as a process leaves it that was killed")
        try await bench.restarted().cancel(ask.request, from: handle)
        #expect(bench.solver.placed == 0)
    }
}
