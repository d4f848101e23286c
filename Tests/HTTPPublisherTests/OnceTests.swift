import Foundation
import PluginKit
import Testing

@testable import HTTPPublisher

@Suite("What may not be done twice is not done again by the next try")
struct OnceTests {
    private typealias Answer = RecordingServer.Answer

    private static let chained = """
          requests:
            - {method: POST, path: /begin, json: {}, extract: {id: {pointer: /id, secret: true}}}
            - {method: PUT, path: "/jobs/{{value.id}}", body: "{{content.chain}}"}

        """

    @Test("it goes on behind what was answered, with what that answer gave")
    func goesOn() async throws {
        try await Scripted.withRunning(Self.chained) { request, before in
            before == 1 ? Answer(status: 507) : .json("{\"id\":\(before)}")
        } _: { scripted in
            let first = try await scripted.refusal()
            #expect(first?.kind == .transient)
            let receipt = try await scripted.bench.publish(scripted.versions[0])
            #expect(receipt.effect == .changed && !receipt.atomic)
            #expect(scripted.server.requests.map(\.target) == ["/begin", "/jobs/0", "/jobs/0"])
            let handle = try #require(receipt.handle).decode(PublishHandle.self)
            #expect(handle.answered == 2 && handle.values.isEmpty, "what is secret is in no handle")
            // It is over: the same again is another publication.
            _ = try await scripted.bench.publish(scripted.versions[0])
            #expect(scripted.server.requests.count == 5)
        }
    }

    @Test("a lost answer stops it, whichever request that was, until a new version or the profile says otherwise")
    func lost() async throws {
        for requests in [Self.chained, Scripted.publishing] {
            try await Scripted.withRunning(requests) { _, before in
                before == 0 ? .lost : .json(#"{"id":7}"#)
            } _: { scripted in
                let first = try await scripted.refusal()
                #expect(first?.kind == .unknownOutcome)
                let second = try await scripted.refusal()
                #expect(second?.code == "http.not-repeated" && second?.kind == .configuration)
                #expect(scripted.server.requests.count == 1)
                _ = try await scripted.bench.publish(scripted.versions[1])
                #expect(scripted.server.requests.count > 1)
            }
        }
    }

    @Test("what was refused is sent again, since it had no effect")
    func refused() async throws {
        try await Scripted.withRunning(Self.chained) { _, before in
            before == 0 ? Answer(status: 503) : .json(#"{"id":7}"#)
        } _: { scripted in
            let first = try await scripted.refusal()
            #expect(first?.kind == .transient)
            _ = try await scripted.bench.publish(scripted.versions[0])
            #expect(scripted.server.requests.map(\.target) == ["/begin", "/begin", "/jobs/7"])
        }
    }

    @Test("a job that failed is begun anew")
    func job() async throws {
        let requests = """
              requests:
                - {method: POST, path: /jobs, body: "{{content.chain}}", extract: {id: {pointer: /id}}}
                - path: "/jobs/{{value.id}}"
                  poll:
                    until: {pointer: /state, equals: [done]}
                    failed: {pointer: /state, equals: [failed]}
                    every: 5s
                    within: 10s

            """
        try await Scripted.withRunning(requests) { request, before in
            guard request.method == "GET" else { return .json("{\"id\":\(before)}") }
            let state = before == 1 ? "failed" : before < 8 ? "running" : "done"
            return .json("{\"state\":\"\(state)\"}")
        } _: { scripted in
            let failed = try await scripted.refusal()
            #expect(failed?.code == "http.job-failed")
            let unfinished = try await scripted.refusal()
            #expect(unfinished?.code == "http.job-unfinished")
            var posts: Int { scripted.server.requests.filter { $0.method == "POST" }.count }
            #expect(posts == 2)
            while scripted.server.requests.count < 8 { _ = try await scripted.refusal() }
            _ = try await scripted.bench.publish(scripted.versions[0])
            #expect(posts <= 3, "what is under way is asked about, not begun again")
        }
    }

    @Test("the check of a profile tells which request a person has to look after")
    func advice() async throws {
        try await Scripted.withRunning(Self.chained) { _, _ in
            Answer()
        } _: { scripted in
            let delivery = try scripted.bench.delivery(scripted.versions[0], artifacts: false)
            let report = try await scripted.bench.publisher.check(delivery)
            #expect(
                report.findings.contains {
                    $0.message.contains("request 1") && $0.message.contains("a person has to look")
                })
        }
    }
}
