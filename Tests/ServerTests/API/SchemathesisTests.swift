import Automation
import Foundation
import TestPeers
import Testing

@testable import Server

@Suite("the API against its description")
struct SchemathesisTests {
    @Test(
        "whatever is sent, nothing is an error of the server and every answer is as described",
        arguments: [Role.administrator, .viewer])
    func holds(_ role: Role) async throws {
        try await ServedHouse.withServing { served in
            try await served.add("www.example", "mail.example", labels: ["team": "web"], isPublished: true)
            guard case .token(let token) = try await served.client(role).identity else { return }
            let report = try await Schemathesis.check(
                "http://127.0.0.1:\(served.client.port)/api/v1/openapi.json", token: token,
                examples: role == .administrator ? 8 : 2, in: served.directory)
            #expect(report.contains("Test cases"), "\(report)")
        }
    }
}
