import Curl
import Foundation
import TestPeers
import Testing

@Suite("A connection that fails")
struct BrokenTests {
    private static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

    @Test("where nobody listens has sent nothing")
    func refused() async throws {
        let port = try FreePort.next()
        let client = HTTPClient()
        let failure = try await failure { try await client.send(HTTPRequest("GET", "https://127.0.0.1:\(port)/")) }
        #expect(failure?.kind == .unreachable)
        #expect(failure?.message.contains("127.0.0.1:\(port)") == true)
        await client.close()
    }

    @Test("where the name is unknown has sent nothing")
    func unknownName() async throws {
        let client = HTTPClient()
        let failure = try await failure { try await client.send(HTTPRequest("GET", "https://nobody.invalid/")) }
        #expect(failure?.kind == .unreachable)
        await client.close()
    }

    @Test("after the request may have had its effect", arguments: ["GET", "POST"])
    func broken(method: String) async throws {
        let answers: [ScriptedServer.Answer] = [
            .closes, .resets, .saysAndCloses("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab"),
        ]
        for answer in answers {
            try await ScriptedServer.withRunning { _ in
                answer
            } _: { server in
                let failure = try await failure {
                    try await server.send(method, body: method == "POST" ? Data("body".utf8) : nil)
                }
                #expect(failure?.kind == .broken)
                #expect(server.requests.count == 1)
            }
        }
    }

    @Test("on a kept connection is made again for what may be done twice, and never else")
    func again() async throws {
        let cases: [(String, String?, isRepeated: Bool)] = [
            ("GET", nil, true), ("HEAD", nil, true), ("PUT", "body", true), ("POST", "body", false),
            ("PATCH", "body", false),
        ]
        for (method, body, isRepeated) in cases {
            try await ScriptedServer.withRunning { request in
                // The first connection serves one request and closes on the second, without a word.
                request.connection == 0 && request.number == 1 ? .closes : .says(Self.ok)
            } _: { server in
                let client = HTTPClient()
                _ = try await client.send(server.request())
                let failure = try await failure {
                    try await client.send(server.request(method, body: body.map { Data($0.utf8) }))
                }
                #expect(failure?.kind == (isRepeated ? nil : .broken), "\(method)")
                #expect(server.requests.count == (isRepeated ? 3 : 2), "\(method)")
                await client.close()
            }
        }
    }

    @Test(
        "on a kept connection is not made again where the request says so, whatever its method is", .serialized,
        arguments: [("PUT", "body"), ("PUT", nil), ("DELETE", nil), ("DELETE", "body"), ("GET", nil)])
    func once(method: String, body: String?) async throws {
        try await ScriptedServer.withRunning { request in
            request.text.hasPrefix("GET /") && request.number == 0 && request.connection == 0 ? .says(Self.ok) : .closes
        } _: { server in
            let client = HTTPClient()
            _ = try await client.send(server.request())
            var request = server.request(method, body: body.map { Data($0.utf8) })
            request.repeats = false
            let once = request
            let failure = try await failure { try await client.send(once) }
            #expect(failure?.kind == .broken)
            #expect(server.requests.count == 2)
            await client.close()
        }
    }

    @Test("on a kept connection is made again for a POST that says that this harms nobody")
    func repeatedPost() async throws {
        try await ScriptedServer.withRunning { request in
            request.connection == 0 && request.number == 1 ? .closes : .says(Self.ok)
        } _: { server in
            let client = HTTPClient()
            _ = try await client.send(server.request())
            var request = server.request("POST", body: Data("body".utf8))
            request.repeats = true
            let answer = try await client.send(request)
            #expect(answer.status == 200 && server.requests.count == 3)
            await client.close()
        }
    }

    @Test("while it was idle costs nothing, for a POST too")
    func idle() async throws {
        try await ScriptedServer.withRunning { request in
            request.connection == 0 ? .saysAndDrops(Self.ok) : .says(Self.ok)
        } _: { server in
            let client = HTTPClient()
            _ = try await client.send(server.request())
            await server.waitForClosed()
            try await server.waitUntilClientKnows()
            let answer = try await client.send(server.request("POST", body: Data("body".utf8)))
            #expect(answer.status == 200)
            await client.close()
        }
    }

    @Test("an empty POST never goes over a kept connection, where it could be sent twice")
    func emptyPost() async throws {
        try await ScriptedServer.withRunning { _ in
            .says(Self.ok)
        } _: { server in
            let client = HTTPClient()
            for _ in 0..<2 { _ = try await client.send(server.request("POST", body: Data())) }
            #expect(server.requests.map(\.connection) == [0, 1])
            await client.close()
        }
    }
}
