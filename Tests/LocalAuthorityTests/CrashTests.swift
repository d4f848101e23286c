import Automation
import Certificates
import Foundation
import LocalAuthority
import PluginKit
import Testing

@Suite struct CrashTests {
    private func serial(_ handle: Handle) throws -> String {
        struct Recorded: Decodable {
            struct Serial: Decodable { var bytes: [UInt8] }
            var serial: Serial
        }
        return try handle.decode(Recorded.self).serial.bytes.map { String(format: "%02x", $0) }.joined()
    }

    @Test("serial number and dates are recorded before the certificate exists, and are those of the certificate")
    func recordsFirst() async throws {
        let bench = Bench()
        try await bench.create()
        let issued = try await bench.issue(Order("a.example.com"))
        #expect(bench.journal.entries.map(\.step) == [.ordered])
        let recorded = try #require(bench.journal.entries.first)
        #expect(recorded.handle == issued.handle)
        #expect(try serial(recorded.handle) == issued.chain.leaf.serial)
        #expect(recorded.handle.content.count < 1024)
    }

    @Test("nothing is signed where the journal refuses")
    func stopsWithoutJournal() async throws {
        let bench = Bench()
        try await bench.create()
        let order = try Order("a.example.com")
        bench.journal.refuse()
        await #expect(throws: MemoryJournal.LeaseLost.self) { try await bench.issue(order) }
    }

    @Test("whoever resumes signs the same serial number, names and dates, however often and however late")
    func resumes() async throws {
        let bench = Bench()
        try await bench.create()
        let order = try Order("a.example.com", "10.0.0.1")
        let first = try await bench.issue(order)
        for _ in 0..<3 {
            bench.clock.advance(.days(20))
            let again = try await bench.resume(order, first.handle)
            #expect(again.chain.leaf.serial == first.chain.leaf.serial)
            #expect(again.chain.leaf.notBefore == first.chain.leaf.notBefore)
            #expect(again.chain.leaf.notAfter == first.chain.leaf.notAfter)
            #expect(again.chain.leaf.subjects == first.chain.leaf.subjects)
            #expect(again.handle == first.handle)
        }
        #expect(bench.journal.entries.count == 1)
    }

    @Test("a request made anew of the same key and names resumes as well")
    func resumesRebuiltRequest() async throws {
        let bench = Bench()
        try await bench.create()
        let order = try Order("a.example.com", "b.example.com")
        let first = try await bench.issue(order)
        let again = try Order(names: ["b.example.com", "a.example.com"], id: order.request.id, key: order.key)
        #expect(again.request.signingRequest != order.request.signingRequest)
        #expect(try await bench.resume(again, first.handle).chain.leaf.serial == first.chain.leaf.serial)
    }

    @Test("a reservation serves no other key, names or request")
    func refusesOtherRequests() async throws {
        let bench = Bench()
        try await bench.create()
        let order = try Order("a.example.com")
        let handle = try await bench.issue(order).handle
        for other in [
            try Order("a.example.com"), try Order(names: ["b.example.com"], id: order.request.id, key: order.key),
            try Order(names: ["a.example.com"], id: "web/none/2", key: order.key),
        ] {
            await expect(.conflict, "local-authority.other-request") { try await bench.resume(other, handle) }
        }
        await expect(.bug, "plugin.handle-unreadable") {
            try await bench.resume(order, Handle(encoded: Data("{}".utf8), format: 1))
        }
    }

    @Test("after the reserved dates are over another serial number is reserved, and recorded first")
    func reservesAnew() async throws {
        let bench = Bench(["lifetime": .duration(.seconds(600))])
        try await bench.create()
        let order = try Order("a.example.com")
        let first = try await bench.issue(order)
        bench.clock.set(first.chain.leaf.notAfter - .seconds(1))
        #expect(try await bench.resume(order, first.handle).chain.leaf.serial == first.chain.leaf.serial)
        bench.clock.set(first.chain.leaf.notAfter)
        let second = try await bench.resume(order, first.handle)
        #expect(second.chain.leaf.serial != first.chain.leaf.serial)
        #expect(second.chain.leaf.notAfter > bench.now)
        #expect(bench.journal.entries.map(\.handle) == [first.handle, second.handle])
    }

    @Test("a renewal of the intermediate between order and resume changes neither serial number nor signer")
    func resumesAcrossRenewal() async throws {
        let bench = Bench(["intermediateLifetime": .duration(.seconds(200 * 86_400))])
        try await bench.create()
        let order = try Order("a.example.com")
        let first = try await bench.issue(order)
        bench.clock.set(first.chain.leaf.notAfter - .days(1))
        bench.clock.advance(.days(-20))
        let other = try await bench.with(["lifetime": .duration(.seconds(150 * 86_400))]).issue(
            Order("b.example.com", id: "other"))
        #expect(other.chain.issuers != first.chain.issuers, "a new intermediate signs now")
        let again = try await bench.resume(order, first.handle)
        #expect(again.chain.leaf.serial == first.chain.leaf.serial)
        #expect(again.chain.issuers == first.chain.issuers)
    }

    @Test("a reservation whose intermediate is gone keeps its serial number under the one that signs now")
    func resumesWithoutSigner() async throws {
        let bench = Bench()
        try await bench.create()
        let order = try Order("a.example.com")
        let first = try await bench.issue(order)
        bench.state.set("intermediates", nil)
        try await bench.create()
        let again = try await bench.resume(order, first.handle)
        #expect(again.chain.leaf.serial == first.chain.leaf.serial)
        #expect(again.chain.issuers != first.chain.issuers)
        try again.chain.verify(key: order.key.publicKey, subjects: order.subjects, at: bench.now)
    }

    @Test("serial numbers are positive, of 128 bits, and never equal")
    func serials() async throws {
        let bench = Bench()
        try await bench.create()
        var seen: Set<String> = []
        for number in 0..<60 {
            let leaf = try await bench.issue(Order("a.example.com", id: "\(number)")).chain.leaf
            #expect(seen.insert(leaf.serial).inserted)
            #expect(leaf.serial.count <= 32 && leaf.serial.count >= 24)
        }
        // Half of them begin with a one bit, which DER writes behind a zero byte: never a negative number.
        let high = seen.filter { $0.count == 32 && ($0.first?.hexDigitValue ?? 0) >= 8 }
        #expect(high.count > 5)
    }

    @Test("a source of randomness that gives too little signs nothing", arguments: [0, 15])
    func refusesBadEntropy(count: Int) async throws {
        let bench = Bench()
        try await bench.create()
        var context = bench.context
        context.entropy = { _ in [UInt8](repeating: 1, count: count) }
        let issuer = try await LocalAuthority.backend.make(bench.options, context)
        let order = try Order("a.example.com")
        await expect(.bug, "local-authority.entropy") { try await issuer.begin(order.request, bench.journal) }
        #expect(bench.journal.entries.isEmpty)
    }
}
