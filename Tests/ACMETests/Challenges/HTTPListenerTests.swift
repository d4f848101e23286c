import Automation
import Foundation
import NIOCore
import NIOPosix
import PluginKit
import TestPeers
import Testing

@testable import ACME

@Suite("http-01 by our own listener")
struct HTTPListenerTests {
    private static let curl = PeerProgram("curl", package: "curl")

    private func options(_ ports: Int..., address: String = "127.0.0.1") -> Options {
        let places = ports.map { Options.Value.text(HostPort(host: address, port: $0).description) }
        return Options(["http01": .group(Options(["listen": .list(places)]))])
    }

    private func withBench(_ body: (ChallengeBench) async throws -> Void) async throws {
        let bench = ChallengeBench()
        do {
            try await body(bench)
            await bench.listeners.close()
        } catch {
            await bench.listeners.close()
            throw error
        }
    }

    /// What curl gets: the status and then the body.
    private func get(_ target: String, _ more: String..., port: Int, address: String = "127.0.0.1") async throws
        -> String
    {
        try await Self.curl.run(
            ["-s", "--max-time", "20", "--path-as-is", "-w", "%{stderr}%{http_code} ", "--noproxy", "*"] + more + [
                "http://\(HostPort(host: address, port: port))\(target)"
            ], in: FileManager.default.temporaryDirectory)
    }

    private static let prefix = "/.well-known/acme-challenge/"

    @Test("a known token is answered, all else is not", arguments: ["127.0.0.1", "::1"])
    func answers(address: String) async throws {
        let port = try FreePort.next(on: [address])
        try await withBench { bench in
            let options = options(port, address: address)
            let solver = try await bench.solver(options, .http01, "www.example.test")
            let challenge = ChallengeBench.challenge(.http01, "www.example.test")
            let handle = try await solver.present(challenge, bench.journal)
            #expect(bench.journal.handles == [handle])
            #expect(try await solver.propagated(challenge, handle))
            let known = Self.prefix + challenge.token
            let body = try await get(known, port: port, address: address)
            #expect(body.contains("200 ") && body.contains(challenge.keyAuthorization))
            let head = try await get(known, "-I", port: port, address: address)
            #expect(head.contains("200 ") && !head.contains(challenge.keyAuthorization))
            for target in [
                "/", Self.prefix, known + "x", known + "?a=b", Self.prefix + "../acme-challenge/" + challenge.token,
                Self.prefix + "%2e%2e", "/" + challenge.token,
            ] {
                #expect(try await get(target, port: port, address: address).contains("404 "), "\(target)")
            }
            #expect(try await get(known, "-d", "x", port: port, address: address).contains("404 "))
            try await solver.cleanUp(challenge, handle)
            #expect(Loopback(address: address, port: port)?.accepts == false)
            try await solver.cleanUp(challenge, handle)
        }
    }

    @Test("all orders and profiles share one listener, which stays until the last of them is done")
    func shared() async throws {
        let port = try FreePort.next()
        try await withBench { bench in
            let names = (0..<20).map { "host\($0).example.test" }
            let presented = try await withThrowingTaskGroup(of: (Challenge, Handle).self) { tasks in
                for name in names {
                    tasks.addTask {
                        let challenge = ChallengeBench.challenge(.http01, name)
                        let solver = try await bench.solver(options(port), .http01, name)
                        return (challenge, try await solver.present(challenge, bench.journal))
                    }
                }
                return try await tasks.reduce(into: []) { $0.append($1) }
            }
            #expect(bench.listeners.http.count == 1)
            let solver = try await bench.solver(options(port), .http01, "a.test")
            for (challenge, handle) in presented {
                let body = try await get(Self.prefix + challenge.token, port: port)
                #expect(body.contains(challenge.keyAuthorization))
                try await solver.cleanUp(challenge, handle)
                guard challenge != presented.last?.0 else { continue }
                #expect(try await get(Self.prefix + challenge.token, port: port).contains("404 "))
            }
            #expect(bench.listeners.http.count == 0)
            #expect(Loopback(address: "127.0.0.1", port: port)?.accepts == false)
        }
    }

    @Test("an order that is resumed presents the same again, and takes it back once")
    func resumed() async throws {
        let port = try FreePort.next()
        try await withBench { bench in
            let challenge = ChallengeBench.challenge(.http01, "www.example.test")
            let solver = try await bench.solver(options(port), .http01, "www.example.test")
            let first = try await solver.present(challenge, bench.journal)
            let second = try await solver.present(challenge, bench.journal)
            #expect(first == second)
            #expect(try await get(Self.prefix + challenge.token, port: port).contains(challenge.keyAuthorization))
            try await solver.cleanUp(challenge, second)
            #expect(Loopback(address: "127.0.0.1", port: port)?.accepts == false)
        }
    }

    @Test("a listener that was closed opens again at once, many times over")
    func again() async throws {
        let port = try FreePort.next()
        try await withBench { bench in
            let solver = try await bench.solver(options(port), .http01, "www.example.test")
            for _ in 0..<25 {
                let challenge = ChallengeBench.challenge(.http01, "www.example.test")
                let handle = try await solver.present(challenge, bench.journal)
                #expect(Loopback(address: "127.0.0.1", port: port)?.accepts == true)
                try await solver.cleanUp(challenge, handle)
            }
        }
    }

    @Test("a port that is taken is named, with the other ways; the others are let go of")
    func portInUse() async throws {
        let free = try FreePort.next()
        let taken = try FreePort.next()
        let address = try #require(HostPort(host: "127.0.0.1", port: taken).address)
        let holder = try await Door.open(address, on: MultiThreadedEventLoopGroup.singleton.next()) { _ in }.get()
        try await withBench { bench in
            let solver = try await bench.solver(options(free, taken), .http01, "www.example.test")
            let challenge = ChallengeBench.challenge(.http01, "www.example.test")
            let failure = await ChallengeBench.expect(.configuration, "acme.port-in-use") {
                try await solver.present(challenge, bench.journal)
            }
            #expect(failure?.message.contains("127.0.0.1:\(taken)") == true)
            #expect(failure?.remedy.contains("webroot") == true)
            #expect(Loopback(address: "127.0.0.1", port: free)?.accepts == false)
            #expect(bench.listeners.http.count == 0)
            try await holder.close().get()
            let handle = try await solver.present(challenge, bench.journal)
            try await solver.cleanUp(challenge, handle)
        }
    }

    @Test("an address that this machine does not have is named")
    func noSuchAddress() async throws {
        let port = try FreePort.next()
        try await withBench { bench in
            let solver = try await bench.solver(options(port, address: "192.0.2.1"), .http01, "www.example.test")
            await ChallengeBench.expect(.configuration, "acme.no-such-address") {
                try await solver.present(ChallengeBench.challenge(.http01, "www.example.test"), bench.journal)
            }
        }
    }

    @Test("of the standard addresses, those that this machine does not have are left out, unless it has none")
    func standardAddresses() async throws {
        let port = try FreePort.next()
        let missing = HostPort(host: "192.0.2.1", port: port)
        let here = HostPort(host: "127.0.0.1", port: port)
        try await withBench { bench in
            func present(_ places: [HostPort], isStandard: Bool) async throws {
                try await bench.listeners.http.present(
                    "content", under: "token", claim: "claim", at: places, option: "http01.listen",
                    isStandard: isStandard)
            }
            try await present([here, missing], isStandard: true)
            #expect(try await get(Self.prefix + "token", port: port).contains("content"))
            await bench.listeners.http.withdraw("claim")
            for (places, isStandard) in [([here, missing], false), ([missing], true)] {
                await ChallengeBench.expect(.configuration, "acme.no-such-address") {
                    try await present(places, isStandard: isStandard)
                }
                #expect(bench.listeners.http.count == 0)
            }
        }
    }

    @Test("a port that needs a right says how to give it")
    func notPermitted() throws {
        let failure = PluginFailure.listening(
            on: HostPort(host: "0.0.0.0", port: 80), option: "http01.listen",
            IOError(errnoCode: EACCES, reason: "bind"))
        #expect(failure.kind == .configuration && failure.code == "acme.port-not-permitted")
        for word in ["AmbientCapabilities", "setcap", "webroot"] { #expect(failure.remedy.contains(word)) }
    }

    @Test("what is no request is refused, what is too long is not read, and connections beyond 256 are turned away")
    func hostileClients() async throws {
        let port = try FreePort.next()
        try await withBench { bench in
            let solver = try await bench.solver(options(port), .http01, "www.example.test")
            let challenge = ChallengeBench.challenge(.http01, "www.example.test")
            let handle = try await solver.present(challenge, bench.journal)
            let cases: [(String, String)] = [
                ("GET\r\n\r\n", "400"), ("\r\n\r\n", "400"), ("GET / HTTP/2.0\r\n\r\n", "400"),
                ("GET /\0 HTTP/1.1\r\n\r\n", "400"), ("GET  / HTTP/1.1\r\n\r\n", "400"),
                ("GET / HTTP/1.1\r\nX: " + String(repeating: "a", count: 9000) + "\r\n\r\n", "431"),
                (String(repeating: "a", count: 20_000), "431"),
                ("GET \(Self.prefix)\(challenge.token) HTTP/1.0\r\n\r\n", "200"),
            ]
            for (request, status) in cases {
                let answer = try await PlainClient.ask(request, port: port)
                #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(request.prefix(40)): \(answer.prefix(40))")
            }
            let connections = try await PlainClient.connect(256, port: port)
            #expect(try await PlainClient.ask("GET / HTTP/1.1\r\n\r\n", port: port) == "")
            for connection in connections { try await connection.close() }
            try await solver.cleanUp(challenge, handle)
        }
    }

    @Test("a client that says nothing, or half of something, is let go of")
    func slowClients() async throws {
        let port = try FreePort.next()
        let bench = ChallengeBench(patience: .milliseconds(50))
        let solver = try await bench.solver(options(port), .http01, "www.example.test")
        let challenge = ChallengeBench.challenge(.http01, "www.example.test")
        let handle = try await solver.present(challenge, bench.journal)
        for text in ["", "GET / HT"] {
            let answer = try await PlainClient.ask(text, port: port)
            #expect(answer.isEmpty)
        }
        try await solver.cleanUp(challenge, handle)
        await bench.listeners.close()
    }

    @Test("nothing is presented where the note of it could not be stored, and nothing after closing")
    func refusals() async throws {
        let port = try FreePort.next()
        try await withBench { bench in
            bench.journal.refuse()
            let solver = try await bench.solver(options(port), .http01, "www.example.test")
            let challenge = ChallengeBench.challenge(.http01, "www.example.test")
            await #expect(throws: ChallengeJournal.LeaseLost.self) {
                try await solver.present(challenge, bench.journal)
            }
            #expect(bench.listeners.http.count == 0)
            await bench.listeners.close()
            await ChallengeBench.expect(.transient, "acme.closing") {
                try await solver.present(challenge, ChallengeJournal())
            }
        }
    }

    @Test("closing ends a listener that still presents something")
    func closing() async throws {
        let port = try FreePort.next()
        try await withBench { bench in
            let solver = try await bench.solver(options(port), .http01, "www.example.test")
            let challenge = ChallengeBench.challenge(.http01, "www.example.test")
            let handle = try await solver.present(challenge, bench.journal)
            await bench.listeners.close()
            #expect(Loopback(address: "127.0.0.1", port: port)?.accepts == false)
            try await solver.cleanUp(challenge, handle)
        }
    }

    @Test("a handle of another process asks for nothing here")
    func otherProcess() async throws {
        try await withBench { bench in
            let solver = try await bench.solver(options(try FreePort.next()), .http01, "www.example.test")
            let challenge = ChallengeBench.challenge(.http01, "www.example.test")
            try await solver.cleanUp(challenge, Handle(ListenerClaim(CheckedChallenge(challenge, .http01))))
            #expect(bench.listeners.http.count == 0)
        }
    }

    @Test(
        "tokens that are more than base64url are refused before any use",
        arguments: ["../../etc/passwd", "a b", "", "a/b", "a\n", "a;id", "ä", String(repeating: "a", count: 257)])
    func badTokens(token: String) async throws {
        try await withBench { bench in
            let solver = try await bench.solver(options(try FreePort.next()), .http01, "www.example.test")
            let challenge = Challenge(
                form: .http01, subject: "www.example.test", token: token, keyAuthorization: "\(token).abc")
            let failure = await ChallengeBench.expect(.policy, "acme.challenge-token") {
                try await solver.present(challenge, bench.journal)
            }
            #expect(failure.map { token.isEmpty || !$0.message.contains(token) } == true)
            #expect(bench.journal.handles.isEmpty)
        }
    }
}
