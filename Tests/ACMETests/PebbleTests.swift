import Automation
import Certificates
import Foundation
import PluginKit
import TestPeers
import Testing

@testable import ACME

@Suite("Issuing from pebble in its strict mode")
struct PebbleTests {
    @Test(
        "certificates are issued and renewed whatever pebble does about nonces, authorizations and chains",
        arguments: PebbleMatrix.settings)
    func matrix(matrix: PebbleMatrix) async throws {
        try await PebbleBench.with(matrix.pebble) { bench, _ in
            let issuer = try await bench.issuer()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<PebbleMatrix.renewals {
                    if number >= 12 { try await group.next() }
                    group.addTask {
                        let ask = try Ask("w\(number % 4).example.com", "example.com", id: "web/\(number)/1")
                        let chain = try #require(try await bench.issue(ask, by: issuer).first)
                        #expect(Set(chain.leaf.subjects).count == 2 && chain.issuers.count == matrix.length)
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test("a renewal takes ten requests with a challenge, and eight without, polls beyond the first not counted")
    func requests() async throws {
        for (reuse, limit) in [(0, 10), (100, 8)] {
            let settings = Pebble.Settings.with {
                $0.authorizationReuse = reuse
                $0.alwaysValid = true
            }
            try await PebbleBench.with(settings) { bench, _ in
                _ = try await bench.issue(Ask("www.example.com"))
                bench.requests.update { $0 = [] }
                _ = try await bench.issue(Ask("www.example.com", id: "web/1/1"))
                let counts = Dictionary(grouping: bench.requests.value) { $0 }.mapValues(\.count)
                let polls = counts.filter { $0.key.contains("my-order") || $0.key.contains("authZ") }
                let beyond = polls.values.reduce(0) { $0 + max(0, $1 - 2) }
                #expect(bench.requests.value.count - beyond <= limit, "\(bench.requests.value)")
            }
        }
    }

    @Test("many at once succeed")
    func many() async throws {
        let settings = Pebble.Settings.with { $0.alwaysValid = true }
        try await PebbleBench.with(settings) { bench, _ in
            let issuer = try await bench.issuer()
            try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<20 {
                    group.addTask {
                        try await bench.issue(Ask("w\(number).example.com", id: "w/\(number)"), by: issuer).count
                    }
                }
                for try await count in group { #expect(count == 1) }
            }
            #expect(bench.requests.value.filter { $0.contains("sign-me-up") }.count == 1, "one account")
        }
    }

    @Test(
        "accounts are bound to those that pebble knows; their keys roll over; certificates are revoked; accounts close")
    func accounts() async throws {
        let mac = Base64URL.encode(Data(repeating: 7, count: 32))
        let settings = Pebble.Settings.with {
            $0.alwaysValid = true
            $0.externalAccounts = ["kid-1": mac]
        }
        let binding = Options(["keyID": .text("kid-1"), "macKey": .secret(Secret(text: mac))])
        try await PebbleBench.with(
            settings, ["externalAccount": .group(binding), "contact": .list([.text("a@example.com")])]
        ) { bench, pebble in
            for algorithm in AccountKey.Algorithm.allCases {
                var bench = bench
                bench.options.values["accountKey"] = .text(algorithm.rawValue)
                let chain = try #require(try await bench.issue(Ask("www.example.com")).first)
                let before = try await ACME.account(bench.options, bench.context, bench.transport)
                let after = try await ACME.rollOverKey(bench.options, bench.context, bench.transport)
                #expect(before?.url == after?.url && before?.thumbprint != after?.thumbprint)
                #expect(after?.keyAlgorithm == algorithm.name && after?.contact == ["mailto:a@example.com"])
                try await bench.restarted().revoke(chain.leaf.der, reason: 4)
                #expect(try await pebble.status(ofSerial: chain.leaf.serial) == .revoked(reason: 4))
                try await bench.restarted().revoke(chain.leaf.der, reason: 4)
            }
            #expect(try await ACME.deactivateAccount(bench.options, bench.context, bench.transport))
            #expect(try await ACME.account(bench.options, bench.context, bench.transport) == nil)
        }
    }

    @Test("the chain that the profile prefers is chosen by its root's name")
    func alternates() async throws {
        let settings = Pebble.Settings.with {
            $0.alwaysValid = true
            $0.alternates = 2
        }
        try await PebbleBench.with(settings) { bench, pebble in
            let roots = try await pebble.roots().map { try SignedCertificate.all(in: Data($0.utf8)) }
            let wanted = try #require(roots.last?.first)
            let name = try #require(wanted.subject.split(separator: ",").first { $0.hasPrefix("CN=") }?.dropFirst(3))
            var bench = bench
            bench.options.values["preferredChain"] = .text(String(name))
            let chains = try await bench.issue(Ask("www.example.com"))
            #expect(chains.first?.issuers.last?.issuer == wanted.subject)
        }
    }

    @Test("killed at any send, before it or after, or at any entry of the journal, one certificate is issued")
    func kills() async throws {
        struct Killed: Error {}
        let settings = Pebble.Settings.with { $0.alwaysValid = true }
        try await PebbleBench.with(settings) { bench, _ in
            _ = try await bench.issue(Ask("first.example.com"))
            for isLate in [false, true] {
                for number in 1...9 {
                    let ask = try Ask("w\(number)\(isLate).example.com", id: "\(number) \(isLate)")
                    let (counter, finalized, orders) = (Box(0), Box(0), Box(0))
                    let journal = MemoryJournal()
                    let watched = Transport { request in
                        if request.url.contains("order-plz") { orders.update { $0 += 1 } }
                        let response = try await bench.transport.send(request)
                        if request.url.contains("finalize"), response.status == 200 { finalized.update { $0 += 1 } }
                        return response
                    }
                    let dying = Transport { request in
                        let count = counter.update { $0 += 1 }
                        if !isLate, count >= number { throw Killed() }
                        let response = try await watched.send(request)
                        if isLate, count >= number { throw Killed() }
                        return response
                    }
                    let first = PebbleBench(bench, journal)
                    await #expect(throws: Killed.self) { try await first.issue(ask, by: bench.restarted(dying)) }
                    _ = try await first.issue(ask, by: bench.restarted(watched), from: journal.last)
                    #expect(finalized.value == 1, "\(number) \(isLate)")
                    #expect(orders.value <= 2)
                }
            }
            for entry in 0...2 {
                let journal = MemoryJournal()
                let dying = PebbleBench(bench, journal)
                let ask = try Ask("e\(entry).example.com", id: "e\(entry)")
                bench.requests.update { $0 = [] }
                journal.refuse(from: entry)
                await #expect(throws: MemoryJournal.LeaseLost.self) { try await dying.issue(ask) }
                journal.refuse(from: .max)
                _ = try await dying.issue(ask, by: bench.restarted(), from: journal.last)
                #expect(bench.requests.value.filter { $0.contains("finalize") }.count == 1)
            }
        }
    }
}
