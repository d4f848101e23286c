import Curl
import Foundation
import TestPeers
import Testing

@Suite("What a server may do at most")
struct LimitTests {
    private static let ok = "HTTP/1.1 200 OK\r\n"

    @Test("is an answer as large as allowed, and not a byte more", arguments: [false, true])
    func size(hasHTTP2: Bool) async throws {
        try await Web.withRunning(hasHTTP2: hasHTTP2) { web in
            #expect(try await web.send("/text", largestAnswer: 5).body.count == 5)
            for limit in [4, 0, -1] {
                let failure = try await failure { try await web.send("/text", largestAnswer: limit) }
                #expect(failure?.kind == .malformed)
                #expect(failure?.message.contains("localhost:\(web.port)") == true)
            }
            #expect(try await web.send("/text").status == 200)
        }
    }

    @Test(
        "is an answer that ends, with a header that does",
        arguments: [
            ScriptedServer.Answer.repeats("HTTP/1.1 100 Continue\r\n\r\n"),
            .repeats("HTTP/1.1 200 OK\r\n\r\n\(String(repeating: "a", count: 1000))"),
            .says(ok + String(repeating: "a: b\r\n", count: 101) + "Content-Length: 0\r\n\r\n"),
            .says(ok + "a: \(String(repeating: "b", count: 70_000))\r\nContent-Length: 0\r\n\r\n"),
            .says(ok + "a: b\r\n c\r\nContent-Length: 0\r\n\r\n"),
            .says(ok + "a b: c\r\nContent-Length: 0\r\n\r\n"),
            .says(ok + "no field\r\nContent-Length: 0\r\n\r\n"),
            .says("SSH-2.0-OpenSSH_9.2p1\r\n"),
            .saysAndCloses("nonsense"),
            .saysAndCloses("HTTP/9.9 200 OK\r\n\r\n"),
            .saysAndCloses("HTTP/1.1 abc OK\r\n\r\n"),
        ])
    func malformed(answer: ScriptedServer.Answer) async throws {
        try await ScriptedServer.withRunning { _ in
            answer
        } _: { server in
            let failure = try await failure { try await server.send() }
            #expect(failure?.kind == .malformed)
        }
    }

    @Test("is to send interim answers and trailers, which count for nothing")
    func interim() async throws {
        let answer =
            "HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n" + Self.ok + "X-A: b\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "2\r\nab\r\n0\r\nX-Trailer: c\r\n\r\n"
        try await ScriptedServer.withRunning { _ in
            .says(answer)
        } _: { server in
            let answer = try await server.send()
            #expect(answer.status == 200)
            #expect(answer.headers == [HTTPHeader("X-A", "b"), HTTPHeader("Transfer-Encoding", "chunked")])
            #expect(answer.body == Data("ab".utf8))
        }
    }

    @Test("is to be silent until the time is over")
    func silence() async throws {
        try await ScriptedServer.withRunning { _ in
            .silent
        } _: { server in
            let failure = try await failure { try await server.send(timeout: .seconds(3)) }
            #expect(failure?.kind == .broken)
        }
    }
}
