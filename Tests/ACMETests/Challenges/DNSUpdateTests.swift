import Foundation
import PluginKit
import TestPeers
import Testing

@testable import ACME

@Suite("dns-01 by signed updates, against BIND")
struct DNSUpdateTests {
    private static let key = Named.Key("acme-key")

    private func options(
        _ server: Named, _ key: Named.Key = key, _ more: [String: Options.Value] = [:]
    ) -> Options {
        var group: [String: Options.Value] = [
            "server": .text(server.place), "resolver": .text(server.place), "keyName": .text(key.name),
            "keyAlgorithm": .text(key.algorithm), "key": .secret(Secret(text: key.secret)),
        ]
        group.merge(more) { $1 }
        return Options(["dns01": .list([.group(Options(group))])])
    }

    private func withServer(
        _ zones: [Named.Zone], keys: [Named.Key] = [key],
        _ body: (ChallengeBench, Named) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { directory in
            try await Named.withRunning(zones, keys: keys, in: directory) { server in
                let bench = ChallengeBench()
                try await body(bench, server)
                await bench.listeners.close()
            }
        }
    }

    private static let zone = Named.Zone("example.test", updates: ["grant acme-key zonesub TXT"])

    @Test(
        "a record is put into its zone, seen at its servers, and taken away again",
        arguments: ["hmac-sha256", "hmac-sha384", "hmac-sha512"])
    func wholeWay(algorithm: String) async throws {
        let key = Named.Key("acme-key", algorithm: algorithm)
        try await withServer([Self.zone], keys: [key]) { bench, server in
            let solver = try await bench.solver(options(server, key), .dns01, "www.example.test")
            let challenge = ChallengeBench.challenge(.dns01, "www.example.test")
            let handle = try await solver.present(challenge, bench.journal)
            #expect(bench.journal.handles == [handle], "written down before it was done")
            let name = "_acme-challenge.www.example.test"
            let value = "\"\(ChallengeBench.recordValue(challenge))\""
            #expect(try await server.records("TXT", of: name) == [value])
            #expect(try await solver.propagated(challenge, handle))
            try await solver.cleanUp(challenge, handle)
            #expect(try await server.records("TXT", of: name).isEmpty)
            #expect(try await !solver.propagated(challenge, handle))
            try await solver.cleanUp(challenge, handle)
        }
    }

    @Test("the values of a wildcard and of its base stand side by side, beside one of somebody else")
    func sideBySide() async throws {
        let zone = Named.Zone(
            "example.test", ["_acme-challenge 60 IN TXT \"not ours\""], updates: ["grant acme-key zonesub TXT"])
        try await withServer([zone]) { bench, server in
            let names = ["example.test", "*.example.test"]
            let challenges = names.map { ChallengeBench.challenge(.dns01, $0) }
            var handles: [Handle] = []
            for challenge in challenges {
                let solver = try await bench.solver(options(server), .dns01, challenge.subject)
                handles.append(try await solver.present(challenge, bench.journal))
                #expect(try await solver.propagated(challenge, try #require(handles.last)))
            }
            let values = challenges.map { "\"\(ChallengeBench.recordValue($0))\"" }
            let name = "_acme-challenge.example.test"
            #expect(try await server.records("TXT", of: name) == (values + ["\"not ours\""]).sorted())

            let solver = try await bench.solver(options(server), .dns01, "example.test")
            try await solver.cleanUp(challenges[0], handles[0])
            #expect(try await server.records("TXT", of: name) == ["\"not ours\"", values[1]].sorted())
            try await solver.cleanUp(challenges[1], handles[1])
            #expect(try await server.records("TXT", of: name) == ["\"not ours\""])
        }
    }

    @Test("many records are put into one zone at once")
    func atOnce() async throws {
        try await withServer([Self.zone]) { bench, server in
            let solver = try await bench.solver(options(server), .dns01, "www.example.test")
            let count = 24
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for number in 0..<count {
                    tasks.addTask {
                        let challenge = ChallengeBench.challenge(.dns01, "host\(number % 4).example.test")
                        let handle = try await solver.present(challenge, bench.journal)
                        #expect(try await solver.propagated(challenge, handle))
                    }
                }
                try await tasks.waitForAll()
            }
            for number in 0..<4 {
                // More than fits into a datagram without EDNS: asked again by TCP above.
                #expect(
                    try await server.records("TXT", of: "_acme-challenge.host\(number).example.test").count == count / 4
                )
            }
        }
    }

    @Test("a delegated name is followed to another zone, also for the clean-up")
    func delegation() async throws {
        let zones = [
            Named.Zone(
                "example.test",
                ["_acme-challenge.www IN CNAME alias.example.test.", "alias IN CNAME www.delegated.test."]),
            Named.Zone("delegated.test", updates: ["grant acme-key zonesub TXT"]),
        ]
        try await withServer(zones) { bench, server in
            let solver = try await bench.solver(options(server), .dns01, "www.example.test")
            let challenge = ChallengeBench.challenge(.dns01, "www.example.test")
            let handle = try await solver.present(challenge, bench.journal)
            let value = "\"\(ChallengeBench.recordValue(challenge))\""
            #expect(try await server.records("TXT", of: "www.delegated.test") == [value])
            #expect(try await solver.propagated(challenge, handle))
            try await solver.cleanUp(challenge, handle)
            #expect(try await server.records("TXT", of: "www.delegated.test").isEmpty)
        }
    }

    @Test("aliases that lead in a circle, or over too many names, are refused", arguments: [2, 9])
    func aliases(count: Int) async throws {
        var records = ["_acme-challenge.www IN CNAME a0"]
        for number in 0..<count { records.append("a\(number) IN CNAME a\(number + 1)") }
        if count == 2 { records.append("a2 IN CNAME a0") }
        let zone = Named.Zone("example.test", records, updates: ["grant acme-key zonesub TXT"])
        try await withServer([zone]) { bench, server in
            let solver = try await bench.solver(options(server), .dns01, "www.example.test")
            await ChallengeBench.expect(.configuration, "acme.dns-aliases") {
                try await solver.present(ChallengeBench.challenge(.dns01, "www.example.test"), bench.journal)
            }
            #expect(bench.journal.handles.isEmpty)
        }
    }

    @Test("an alias that is no host name is refused before anything is done")
    func strangeAlias() async throws {
        let zone = Named.Zone(
            "example.test", ["_acme-challenge.www IN CNAME a\\;b.example.test."],
            updates: ["grant acme-key zonesub TXT"])
        try await withServer([zone]) { bench, server in
            let solver = try await bench.solver(options(server), .dns01, "www.example.test")
            await ChallengeBench.expect(.policy, "acme.dns-strange-alias") {
                try await solver.present(ChallengeBench.challenge(.dns01, "www.example.test"), bench.journal)
            }
        }
    }

    @Test("each way in which a key is wrong is named")
    func wrongKeys() async throws {
        let other = Named.Key("other-key", secret: "b3RoZXIga2V5IG90aGVyIGtleSBvdGhlciBrZXk=")
        try await withServer([Self.zone], keys: [Self.key, other]) { bench, server in
            let challenge = ChallengeBench.challenge(.dns01, "www.example.test")
            func present(_ key: Named.Key) async throws -> Handle {
                try await bench.solver(options(server, key), .dns01, "www.example.test").present(
                    challenge, bench.journal)
            }
            await ChallengeBench.expect(.auth, "acme.dns-key-unknown") { try await present(Named.Key("no-such-key")) }
            await ChallengeBench.expect(.auth, "acme.dns-key-unknown") {
                try await present(Named.Key("acme-key", algorithm: "hmac-sha512"))
            }
            let wrong = Named.Key("acme-key", secret: other.secret)
            let failure = await ChallengeBench.expect(.auth, "acme.dns-key-wrong") { try await present(wrong) }
            #expect(failure?.message.contains("acme-key") == true)
            #expect(failure.map { !"\($0)".contains(other.secret) } == true)
            await ChallengeBench.expect(.auth, "acme.dns-refused") { try await present(other) }
            let records = try await server.records("TXT", of: "_acme-challenge.www.example.test")
            #expect(records.isEmpty)
        }
    }

    @Test("an unsigned update that is refused says that a key is needed")
    func unsigned() async throws {
        try await withServer([Self.zone]) { bench, server in
            let options = Options([
                "dns01": .list([
                    .group(Options(["server": .text(server.place), "resolver": .text(server.place)]))
                ])
            ])
            let solver = try await bench.solver(options, .dns01, "www.example.test")
            let failure = await ChallengeBench.expect(.auth, "acme.dns-refused") {
                try await solver.present(ChallengeBench.challenge(.dns01, "www.example.test"), bench.journal)
            }
            #expect(failure?.remedy.contains("keyName") == true)
        }
    }

    @Test("a clock that is wrong is told with the difference", arguments: [-3600.0, 3600.0])
    func wrongClock(offset: TimeInterval) async throws {
        try await withServer([Self.zone]) { bench, server in
            bench.clock.shift(by: offset)
            let solver = try await bench.solver(options(server), .dns01, "www.example.test")
            let failure = await ChallengeBench.expect(.configuration, "acme.dns-clock") {
                try await solver.present(ChallengeBench.challenge(.dns01, "www.example.test"), bench.journal)
            }
            let difference = failure?.message.split(separator: " ").compactMap { Int($0) }.first ?? 0
            #expect((3590...3610).contains(difference))
        }
    }

    @Test("one of the zone's servers that does not show the record is waited for")
    func secondServer() async throws {
        let zone = Named.Zone(
            "example.test", ["@ IN NS ns2", "ns2 IN A 127.0.0.2"],
            updates: ["grant acme-key zonesub TXT"])
        try await withServer([zone]) { bench, server in
            let solver = try await bench.solver(options(server), .dns01, "www.example.test")
            let challenge = ChallengeBench.challenge(.dns01, "www.example.test")
            let handle = try await solver.present(challenge, bench.journal)
            #expect(try await !solver.propagated(challenge, handle))
        }
    }

    @Test("a server that is given by its name is reached")
    func serverByName() async throws {
        try await withServer([Self.zone]) { bench, server in
            let options = options(server, Self.key, ["server": .text("localhost:\(server.port)")])
            let solver = try await bench.solver(options, .dns01, "www.example.test")
            let challenge = ChallengeBench.challenge(.dns01, "www.example.test")
            let handle = try await solver.present(challenge, bench.journal)
            #expect(try await solver.propagated(challenge, handle))
            try await solver.cleanUp(challenge, handle)
            #expect(try await server.records("TXT", of: "_acme-challenge.www.example.test").isEmpty)
        }
    }

    @Test("a name in no zone of the server's is refused with what to set")
    func foreignZone() async throws {
        try await withServer([Self.zone]) { bench, server in
            let options = options(server)
            let solver = try await bench.solver(options, .dns01, "www.elsewhere.test")
            await ChallengeBench.expect(.transient, "acme.dns-not-resolved") {
                try await solver.present(ChallengeBench.challenge(.dns01, "www.elsewhere.test"), bench.journal)
            }
        }
    }

    @Test("nothing is sent where the note of it could not be stored")
    func lostLease() async throws {
        try await withServer([Self.zone]) { bench, server in
            bench.journal.refuse()
            let solver = try await bench.solver(options(server), .dns01, "www.example.test")
            await #expect(throws: ChallengeJournal.LeaseLost.self) {
                try await solver.present(ChallengeBench.challenge(.dns01, "www.example.test"), bench.journal)
            }
            #expect(try await server.records("TXT", of: "_acme-challenge.www.example.test").isEmpty)
        }
    }

    @Test("another process cleans up from the handle alone")
    func otherProcess() async throws {
        try await withServer([Self.zone]) { bench, server in
            let challenge = ChallengeBench.challenge(.dns01, "www.example.test")
            let handle = try await bench.solver(options(server), .dns01, "www.example.test")
                .present(challenge, bench.journal)
            let later = ChallengeBench()
            let stored = try JSONDecoder().decode(Handle.self, from: JSONEncoder().encode(handle))
            let unknown = Challenge(form: .dns01, subject: "", token: "", keyAuthorization: "")
            try await later.solver(options(server), .dns01, "www.example.test").cleanUp(unknown, stored)
            #expect(try await server.records("TXT", of: "_acme-challenge.www.example.test").isEmpty)
            await later.listeners.close()
        }
    }

    @Test("the operator's wait comes after the record is seen, or in place of looking")
    func wait() async throws {
        try await withServer([Self.zone]) { bench, server in
            let challenge = ChallengeBench.challenge(.dns01, "www.example.test")
            let waiting = try await bench.solver(
                options(server, Self.key, ["wait": .duration(.seconds(30))]), .dns01, "www.example.test")
            let handle = try await waiting.present(challenge, bench.journal)
            #expect(try await waiting.propagated(challenge, handle))
            #expect(bench.clock.waits == [30])
            try await waiting.cleanUp(challenge, handle)
            #expect(try await !waiting.propagated(challenge, handle))
            #expect(bench.clock.waits == [30])

            let blind = try await bench.solver(
                options(server, Self.key, ["wait": .duration(.seconds(7)), "checkPropagation": .flag(false)]), .dns01,
                "www.example.test")
            #expect(try await blind.propagated(challenge, handle))
            #expect(bench.clock.waits == [30, 7])
        }
    }
}
