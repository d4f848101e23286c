import Automation
import Foundation
import Glibc
import Testing

@testable import Server

/// Connections that cost the server something and bring it nothing.
@Suite("Slow clients")
struct SlowClientTests {
    /// Room for both ends of so many connections in this one process.
    private static func makeRoom(for connections: Int) throws {
        var limit = rlimit()
        try #require(getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
        let needed = rlim_t(2 * connections + 500)
        guard limit.rlim_cur < needed else { return }
        limit.rlim_cur = min(needed, limit.rlim_max)
        try #require(setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
        try #require(limit.rlim_cur >= needed, "this machine lets a process open \(limit.rlim_max) files at most")
    }

    private static func time(
        _ client: GuardClient, _ path: String, _ session: GuardSession
    ) async throws -> Duration {
        let began = ContinuousClock.now
        let answer = try await client.send("GET", path, [("Cookie", session.cookie)])
        #expect(answer.status == 200)
        return ContinuousClock.now - began
    }

    @Test("with a thousand idle, slow and never reading connections it still answers within a second")
    func thousandConnections() async throws {
        try Self.makeRoom(for: 1000)
        // One without them: what it takes there is what this machine takes at this moment, beside all other tests.
        try await GuardHouse.served { quiet, other in
            try await quiet.seat("anna", .viewer)
            let session = try await quiet.session(of: "anna")
            try await Self.besideThousand { path in try await Self.time(other, path, session) }
        }
    }

    private static func besideThousand(_ alone: @escaping @Sendable (String) async throws -> Duration) async throws {
        try await GuardHouse.served { house, client in
            try await house.seat("anna", .viewer)
            let session = try await house.session(of: "anna")
            let lines = try await client.onThread {
                try (0..<1000).map { number in
                    if number % 50 == 0 {
                        let line = try client.open(room: 4096)
                        try? line.write(Self.wanting(times: 80, session))
                        return line
                    }
                    let line = try client.open()
                    switch number % 4 {
                    // Says nothing at all.
                    case 0: break
                    case 1: try line.write("GET / HTTP/1.1\r\nHost: local")
                    case 2: try line.write("GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: a")
                    // Announces a body that does not come.
                    default:
                        try line.write(
                            "POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"
                        )
                    }
                    return line
                }
            }
            defer { for line in lines { line.end() } }
            let paths = ["/healthz", "/", "/assets/certflow.css"]
            var best = Dictionary(uniqueKeysWithValues: paths.map { ($0, Duration.seconds(60)) })
            var slowest = Duration.zero
            for _ in 0..<3 {
                for path in paths {
                    slowest = max(slowest, try await alone(path))
                    best[path] = min(try await Self.time(client, path, session), best[path] ?? .zero)
                }
                // All of them go on, a byte each.
                try await client.onThread {
                    for (line, number) in zip(lines, 0...) where number % 4 != 0 && number % 50 != 0 {
                        try? line.write("a")
                    }
                }
            }
            for (path, time) in best { #expect(time < .seconds(1) + slowest, "\(path)") }
        }
    }

    /// Requests one behind the other, whose answers are larger than what the system keeps for who does not read.
    private static func wanting(times: Int, _ session: GuardSession) -> String {
        let request = "GET /assets/certflow.css HTTP/1.1\r\nHost: localhost\r\nCookie: \(session.cookie)\r\n\r\n"
        return String(repeating: request, count: times)
    }

    @Test("who asks and never reads is hung up on, and what it was to get is let go")
    func neverReading() async throws {
        var patience = ServerSettings.Patience()
        patience.write = .seconds(1)
        let made = try await GuardHouse(patience: patience)
        try await GuardHouse.served(made) { house, client in
            try await house.seat("anna", .viewer)
            let session = try await house.session(of: "anna")
            let isOver = try await client.onThread {
                let line = try client.open(room: 4096)
                defer { line.end() }
                try? line.write(Self.wanting(times: 1000, session))
                return line.isReset(within: 60_000)
            }
            #expect(isOver)
            #expect(house.log.says("a client that does not read was hung up on"))
        }
    }

    @Test("an export that nobody reads is not written on for nobody")
    func neverReadingExport() async throws {
        var patience = ServerSettings.Patience()
        patience.write = .seconds(1)
        let made = try await GuardHouse(patience: patience)
        try await GuardHouse.served(made) { house, client in
            try await house.seat("anna", .auditor)
            let session = try await house.session(of: "anna")
            // 80 pages of 500, some 20 MB.
            let note = String(repeating: "a long reason ", count: 25)
            let drafts = (0..<40_000).map { _ in house.people.event("test", "anna", "test", reason: note) }
            try await house.people.commit([], drafts)
            let before = house.ledger.pagesRead
            let isOver = try await client.onThread {
                let line = try client.open(room: 4096)
                defer { line.end() }
                try line.write(
                    "GET /api/v1/events/export HTTP/1.1\r\nHost: localhost\r\nCookie: \(session.cookie)\r\n\r\n")
                return line.isReset(within: 60_000)
            }
            #expect(isOver)
            #expect(house.log.says("a client that does not read was hung up on"))
            #expect((1..<60).contains(house.ledger.pagesRead - before))
        }
    }

    @Test("who reads slowly, but reads, gets all of it")
    func slowReading() async throws {
        var patience = ServerSettings.Patience()
        patience.write = .seconds(2)
        let made = try await GuardHouse(patience: patience)
        try await GuardHouse.served(made) { house, client in
            try await house.seat("anna", .viewer)
            let session = try await house.session(of: "anna")
            let last = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
            let (count, end) = try await client.onThread {
                let line = try client.open(room: 64 << 10)
                defer { line.end() }
                try line.write(Self.wanting(times: 150, session) + last)
                // A little at a time: the whole takes longer than the patience, no part of it does.
                return try line.read(64 << 10, every: 40)
            }
            #expect(count > 150 * (AssetShelf.asset("certflow.css")?.bytes.count ?? 1_000_000))
            #expect(end.hasSuffix("ok\n"))
            #expect(!house.log.says("hung up on"))
        }
    }

    @Test("a stream of events that says nothing for longer than that goes on")
    func silentStream() async throws {
        var patience = ServerSettings.Patience()
        patience.write = .milliseconds(200)
        let made = try await GuardHouse(patience: patience)
        try await GuardHouse.served(made) { house, client in
            try await house.seat("anna", .viewer)
            let session = try await house.session(of: "anna")
            let isOver = try await client.onThread {
                let line = try client.open()
                defer { line.end() }
                try line.write(
                    "GET /certificates/\(GuardHouse.certificate)/events HTTP/1.1\r\nHost: localhost\r\n"
                        + "Cookie: \(session.cookie)\r\n\r\n")
                _ = try line.answer()
                return line.isReset(within: 1500)
            }
            #expect(!isOver)
        }
    }

    @Test(
        "who says nothing, or spins the head of a request out, is hung up on",
        arguments: ["", "GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: "])
    func slowHeads(begin: String) async throws {
        var patience = ServerSettings.Patience()
        patience.idle = .seconds(1)
        let made = try await GuardHouse(patience: patience)
        try await GuardHouse.served(made) { _, client in
            let isOver = try await client.onThread {
                let line = try client.open()
                defer { line.end() }
                try line.write(begin)
                // Far longer than it is to take; a byte every tenth of a second keeps no line alive.
                for _ in 0..<300 {
                    if line.isOver(within: 100) { return true }
                    if !begin.isEmpty { try? line.write("a") }
                }
                return false
            }
            #expect(isOver)
        }
    }

    @Test("a body that takes too long is refused with 408, and the connection ends")
    func slowBodies() async throws {
        var patience = ServerSettings.Patience()
        patience.body = .seconds(1)
        let made = try await GuardHouse(patience: patience)
        try await GuardHouse.served(made) { house, client in
            let answer = try await client.onThread {
                let line = try client.open()
                defer { line.end() }
                try line.write(
                    "POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                        + "Content-Length: 5000\r\n\r\n{")
                return try line.answer()
            }
            #expect(answer.status == 408)
            #expect(answer["connection"] == "close")
            #expect(house.log.says("request", "408"))
        }
    }

    @Test("a body that comes byte by byte is taken when it comes in time")
    func trickle() async throws {
        try await GuardHouse.served { house, client in
            try await house.seat("anna", .viewer)
            let body = "name=anna&password=\(GuardClient.encoded(GuardHouse.password))"
            let answer = try await client.onThread {
                let line = try client.open()
                defer { line.end() }
                try line.write(
                    "POST /sign-in HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                        + "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
                )
                for byte in body { try line.write(String(byte)) }
                return try line.answer()
            }
            #expect(answer.status == 303)
            #expect(answer.session != nil)
        }
    }

    @Test("who hangs up in the middle of a request or an answer leaves the server as it was")
    func hangingUp() async throws {
        try await GuardHouse.served { house, client in
            try await house.seat("anna", .viewer)
            let session = try await house.session(of: "anna")
            try await client.onThread {
                for text in [
                    "", "G", "GET / HTTP/1.1\r\n",
                    "GET / HTTP/1.1\r\nHost: localhost\r\nCookie: \(session.cookie)\r\n\r\n",
                    "POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nname=",
                    "POST /sign-in HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nna",
                    String(repeating: "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", count: 200),
                ] {
                    for _ in 0..<20 {
                        let line = try client.open()
                        try? line.write(text)
                        line.end()
                    }
                }
            }
            #expect(try await client.send("GET", "/", [("Cookie", session.cookie)]).status == 200)
        }
    }
}
