import Foundation
import TestPeers
import Testing

@testable import Curl

@Suite("The end of a request")
struct EndingTests {
    private static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

    @Test("comes at once where its caller is cancelled, and its connection is closed")
    func cancelled() async throws {
        try await ScriptedServer.withRunning { _ in
            .silent
        } _: { server in
            let client = HTTPClient()
            await withThrowingTaskGroup(of: HTTPResponse.self) { group in
                group.addTask { try await client.send(server.request()) }
                await server.waitForRequests(1)
                group.cancelAll()
                await #expect(throws: CancellationError.self) { try await group.waitForAll() }
            }
            await server.waitForClosed()
            await client.close()
        }
    }

    @Test("comes for every one of many that are cancelled wherever they stand")
    func manyCancelled() async throws {
        try await ScriptedServer.withRunning { _ in
            .silent
        } _: { server in
            let client = HTTPClient()
            for round in 0..<20 {
                await withTaskGroup(of: Bool.self) { group in
                    for _ in 0..<20 {
                        group.addTask {
                            do {
                                _ = try await client.send(server.request())
                                return false
                            } catch {
                                return error is CancellationError
                            }
                        }
                    }
                    for _ in 0..<round { await Task.yield() }
                    group.cancelAll()
                    #expect(await group.allSatisfy { $0 })
                }
            }
            await client.close()
        }
    }

    @Test("is not even its begin where the caller was cancelled before")
    func cancelledBefore() async throws {
        let client = HTTPClient()
        await withThrowingTaskGroup(of: HTTPResponse.self) { group in
            group.cancelAll()
            group.addTask { try await client.send(HTTPRequest("GET", "https://localhost:1/")) }
            await #expect(throws: CancellationError.self) { try await group.waitForAll() }
        }
        await client.close()
    }

    @Test("leaves the others alone")
    func othersGoOn() async throws {
        try await Web.withRunning(hasHTTP2: true) { web in
            try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<100 {
                    group.addTask {
                        // Every other one is over before it is answered, or just then.
                        guard number.isMultiple(of: 2) else { return try await web.send("/text").status }
                        return await withTaskGroup(of: Int.self) { inner in
                            inner.addTask { (try? await web.send("/text").status) ?? 200 }
                            await Task.yield()
                            inner.cancelAll()
                            return await inner.next() ?? 0
                        }
                    }
                }
                for try await status in group { #expect(status == 200) }
            }
        }
    }

    @Test("comes with the end of the client, and says whether anything was sent")
    func closed() async throws {
        try await ScriptedServer.withRunning { _ in
            .silent
        } _: { server in
            let client = HTTPClient()
            async let ended = failure { try await client.send(server.request()) }
            await server.waitForRequests(1)
            await client.close()
            let kind = try await ended?.kind
            #expect(kind == .broken)
            let later = try await failure { try await client.send(server.request()) }
            #expect(later?.kind == .local)
            await client.close()
        }
    }

    @Test("of a client that nobody used is nothing")
    func unused() async throws {
        await HTTPClient().close()
    }

    @Test("lets connections and thread go after a while, and the next request brings them back")
    func lingers() async throws {
        try await ScriptedServer.withRunning { _ in
            .says(Self.ok)
        } _: { server in
            let client = HTTPClient(TransferLoop.Settings(connectionsPerHost: 1, linger: .milliseconds(1)))
            for _ in 0..<3 {
                _ = try await client.send(server.request())
                await server.waitForClosed()
            }
            #expect(server.requests.map(\.connection) == [0, 1, 2])
            await client.close()
        }
    }

    @Test("closes the connections of a client that is forgotten")
    func forgotten() async throws {
        try await ScriptedServer.withRunning { _ in
            .says(Self.ok)
        } _: { server in
            _ = try await HTTPClient().send(server.request())
            await server.waitForClosed()
        }
    }

    @Test("can't be a signal: OpenSSL writes to closed connections, so the thread blocks SIGPIPE")
    func noSignal() async throws {
        try await ScriptedServer.withRunning { _ in
            .silent
        } _: { server in
            let client = HTTPClient()
            try await withThrowingTaskGroup(of: HTTPResponse.self) { group in
                group.addTask { try await client.send(server.request()) }
                await server.waitForRequests(1)
                let masks = try Self.blockedSignals()
                #expect(masks.contains { $0 & (1 << (UInt64(SIGPIPE) - 1)) != 0 })
                group.cancelAll()
            }
            await client.close()
        }
    }

    /// Of each thread, from proc(5).
    private static func blockedSignals() throws -> [UInt64] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").compactMap { thread in
            // Some end meanwhile.
            guard let text = try? String(contentsOfFile: "/proc/self/task/\(thread)/status", encoding: .utf8),
                let line = text.split(separator: "\n").first(where: { $0.hasPrefix("SigBlk:") })
            else { return nil }
            return UInt64(line.dropFirst(7).trimmingCharacters(in: .whitespaces), radix: 16)
        }
    }
}
