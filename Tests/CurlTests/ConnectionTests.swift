import Foundation
import TestPeers
import Testing

@testable import Curl

@Suite("Connections")
struct ConnectionTests {
    @Test("are kept for what comes next", arguments: [false, true])
    func reuse(hasHTTP2: Bool) async throws {
        try await Web.withRunning(hasHTTP2: hasHTTP2) { web in
            var answers: [HTTPResponse] = []
            for _ in 0..<5 { answers.append(try await web.send("/text")) }
            #expect(answers.connections.count == 1)
            // Bodies go over HTTP/1.1, so that there is one more where all else goes over HTTP/2.
            for _ in 0..<5 { answers.append(try await web.send("/echo", "POST", body: Data("body".utf8))) }
            #expect(answers.connections.count == (hasHTTP2 ? 2 : 1))
        }
    }

    @Test("are at most so many to one host, however many requests there are")
    func atMost() async throws {
        try await Web.withRunning(connectionsPerHost: 3) { web in
            let answers = try await web.sendMany(200, web.request("/text"))
            #expect(answers.count == 200)
            #expect((1...3).contains(answers.connections.count))
        }
    }

    @Test("are a single one where the server speaks HTTP/2")
    func single() async throws {
        let directives = "http2_max_concurrent_streams 256;\n" + Web.directives
        try await Web.withRunning(directives, hasHTTP2: true) { web in
            let answers = try await web.sendMany(200, web.request("/text"))
            #expect(answers.count == 200)
            #expect(answers.connections.count == 1)
            let posts = try await web.sendMany(100, web.request("/echo", "POST", body: Data("body".utf8)))
            #expect(posts.allSatisfy { $0.value("X-Body") == "body" })
        }
    }

    @Test("that a server ends after some requests are replaced by others", arguments: [false, true])
    func shortLived(hasHTTP2: Bool) async throws {
        try await Web.withRunning("keepalive_requests 40;\n" + Web.directives, hasHTTP2: hasHTTP2) { web in
            var answers: [HTTPResponse] = []
            for _ in 0..<10 { answers += try await web.sendMany(20, web.request("/text")) }
            #expect(answers.count == 200)
            #expect(answers.connections.count >= 5)
            var posts: [HTTPResponse] = []
            for _ in 0..<10 {
                posts += try await web.sendMany(20, web.request("/echo", "POST", body: Data("body".utf8)))
            }
            #expect(posts.count == 200)
        }
    }

    @Test("that are all taken make others wait, for as long as their own time allows")
    func waitingInVain() async throws {
        try await ScriptedServer.withRunning { _ in
            .silent
        } _: { server in
            let client = HTTPClient(connectionsPerHost: 1)
            try await withThrowingTaskGroup(of: HTTPResponse.self) { group in
                group.addTask { try await client.send(server.request()) }
                await server.waitForRequests(1)
                let failure = try await failure { try await client.send(server.request(timeout: .milliseconds(300))) }
                #expect(failure?.kind == .unreachable)
                group.cancelAll()
            }
            #expect(server.requests.count == 1)
            await client.close()
        }
    }
}
