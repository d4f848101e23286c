import Foundation
import Profiles
import Testing

@testable import Server

/// Who reads `/metrics`: they tell how many certificates there are, and how they do.
@Suite("Who reads the metrics")
struct MetricsTests {
    private static func status(
        _ client: GuardClient, _ headers: [(String, String)] = [], of method: String = "GET"
    ) async throws -> Int {
        let answer = try await client.send(method, "/metrics", headers)
        if answer.status != 200 { #expect(!answer.has("certflow_certificates")) }
        if answer.status == 401 { #expect(answer.code == "metrics.closed") }
        return answer.status
    }

    private static func named(_ address: String) -> [(String, String)] { [("X-Forwarded-For", address)] }

    @Test("where nothing is said, programs on the same machine do")
    func sameMachine() async throws {
        let made = try await GuardHouse(behindProxy: false)
        try await GuardHouse.served(made) { _, client in
            let answer = try await client.send("HEAD", "/metrics")
            #expect(answer.status == 200)
            #expect(try await Self.status(client) == 200)
            // Without a proxy nobody is believed where a request comes from.
            #expect(try await Self.status(client, Self.named("203.0.113.9")) == 200)
        }
    }

    @Test("behind a proxy it is the client that counts, not the proxy on the same machine")
    func behindProxy() async throws {
        try await GuardHouse.served { house, client in
            let unnamed = try await Self.status(client)
            #expect(unnamed == 401, "a proxy that names nobody")
            for address in ["127.0.0.1", "::1", "::ffff:127.0.0.1", "203.0.113.9, 127.0.0.1"] {
                #expect(try await Self.status(client, Self.named(address)) == 200, "\(address)")
            }
            for address in [
                "203.0.113.9", "127.0.0.1, 203.0.113.9", "2001:db8::1", "localhost", "127.0.0.1.evil.example",
                "127.0.0.1:80", "10.0.0.1", "0.0.0.0", "::ffff:203.0.113.9", "", "unknown",
            ] {
                #expect(try await Self.status(client, Self.named(address)) == 401, "\(address)")
            }
            // Two lines are one list: the last one is the proxy's own.
            #expect(
                try await Self.status(client, Self.named("127.0.0.1") + Self.named("203.0.113.9")) == 401)
            #expect(house.log.says("refused", "metrics.closed"))
        }
    }

    @Test("elsewhere it takes somebody who reads and sees all certificates")
    func tokens() async throws {
        for readers in [HomeConfiguration.Server.MetricsReaders.local, .token] {
            let made = try await GuardHouse(metrics: readers)
            try await GuardHouse.served(made) { house, client in
                for role in Role.allCases {
                    try await house.seat("anna", role)
                    let headers = [("Authorization", "Bearer \(try await house.token(of: "anna", role: role))")]
                    #expect(try await Self.status(client, headers) == (role.rights.contains(.read) ? 200 : 403))
                    let session = try await house.session(of: "anna")
                    #expect(try await Self.status(client, [("Cookie", session.cookie)]) == 200)
                }
                try await house.seat("anna", .administrator, scope: ["team": "web"])
                let scoped = try await house.token(of: "anna", role: .administrator)
                #expect(try await Self.status(client, [("Authorization", "Bearer \(scoped)")]) == 403)
                let over = try await house.token(of: "anna", role: .viewer, life: .minutes(-1))
                let answer = try await client.send("GET", "/metrics", [("Authorization", "Bearer \(over)")])
                #expect(answer.status == 401 && answer.code == "token.refused")
            }
        }
    }

    @Test("who wants tokens alone takes none from the same machine, and who opens them opens them to all")
    func otherSettings() async throws {
        for (readers, status) in [(HomeConfiguration.Server.MetricsReaders.token, 401), (.open, 200)] {
            for isBehindProxy in [true, false] {
                let made = try await GuardHouse(behindProxy: isBehindProxy, metrics: readers)
                try await GuardHouse.served(made) { _, client in
                    for headers in [[], Self.named("127.0.0.1"), Self.named("203.0.113.9")] {
                        let answered = try await Self.status(client, headers)
                        #expect(answered == status)
                    }
                }
            }
        }
    }
}
