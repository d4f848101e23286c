import Foundation
import PluginKit
import Testing

@Suite("Requests are repeated only where that does no harm")
struct RetryTests {
    private typealias Answer = RecordingServer.Answer

    private static let put = """
          requests:
            - {method: PUT, path: /one, body: "{{content.chain}}"}

        """
    private static let looking = """
          inspect:
            - {path: /one, absent: [404], certificate: {body: true}}

        """

    @Test("a POST whose answer is lost is an unknown outcome, sent once, and journalled before")
    func lostPost() async throws {
        try await Scripted.withRunning { _, _ in
            .lost
        } _: { scripted in
            let journal = MemoryJournal()
            let failure = try #require(try await scripted.refusal(journal))
            #expect(failure.kind == .unknownOutcome && failure.code == "http.outcome-unknown")
            #expect(scripted.server.requests.count == 1)
            #expect(journal.steps == [.staged])
        }
    }

    @Test("where the lost POST had its effect, the next try sees that and sends nothing")
    func lostAndDone() async throws {
        let held = Held()
        try await Scripted.withRunning(Scripted.publishing + Self.looking) { request, _ in
            guard request.method == "POST" else {
                return held.text.isEmpty ? Answer(status: 404) : Answer(body: held.text)
            }
            let parts = request.body.components(separatedBy: "\"")
            held.set(parts[3].replacing("\\n", with: "\n"))
            return .lost
        } _: { scripted in
            let refusal1 = try await scripted.refusal()
            #expect(refusal1?.kind == .unknownOutcome)
            let journal = MemoryJournal()
            let receipt = try await scripted.bench.publish(scripted.versions[0], journal)
            #expect(receipt.effect == .unchanged && receipt.remarks.count == 1)
            #expect(journal.steps == [.switched])
            #expect(scripted.server.requests.filter { $0.method == "POST" }.count == 1)
            // Another version is another matter.
            let second = try await failureOfSecond(scripted)
            #expect(second?.kind == .unknownOutcome)
        }
    }

    private func failureOfSecond(_ scripted: Scripted) async throws -> PluginFailure? {
        try await failure { try await scripted.bench.publish(scripted.versions[1]) }
    }

    @Test("where the lost POST had none, the next try sends it again")
    func lostAndUndone() async throws {
        try await Scripted.withRunning(Scripted.publishing + Self.looking) { request, _ in
            request.method == "POST" ? .lost : Answer(status: 404)
        } _: { scripted in
            let refusal2 = try await scripted.refusal()
            #expect(refusal2?.kind == .unknownOutcome)
            let refusal3 = try await scripted.refusal()
            #expect(refusal3?.kind == .unknownOutcome)
            #expect(scripted.server.requests.filter { $0.method == "POST" }.count == 2)
        }
    }

    @Test("after a crash behind the last answer nothing is sent again, whatever the request is")
    func resumed() async throws {
        let held = Held()
        try await Scripted.withRunning(Scripted.publishing + Self.looking) { _, _ in
            Answer(body: held.text)
        } _: {
            scripted in
            let journal = MemoryJournal()
            _ = try await scripted.bench.publish(scripted.versions[0], journal)
            held.set(scripted.versions[0].text(.fullchain))
            let receipt = try await scripted.bench.publish(scripted.versions[0], resuming: journal.last)
            #expect(receipt.effect == .unchanged)
            #expect(scripted.server.requests.map(\.method) == ["POST", "GET"])
        }
    }

    @Test("a server that never answers is given its time, and no more")
    func silent() async throws {
        let hasty = "  timeout: 5s\n" + Scripted.publishing
        try await Scripted.withRunning(hasty) { _, _ in
            .silent
        } _: { scripted in
            let failure = try #require(try await scripted.refusal())
            #expect(failure.kind == .unknownOutcome)
            #expect(scripted.server.requests.count == 1)
        }
    }

    @Test("a publication that is cancelled ends at once, and leaves its journal")
    func cancelled() async throws {
        try await Scripted.withRunning { _, _ in
            .silent
        } _: { scripted in
            let journal = MemoryJournal()
            let publication = Task { try await scripted.bench.publish(scripted.versions[0], journal) }
            try await scripted.server.waitForRequest()
            publication.cancel()
            await #expect(throws: CancellationError.self) { _ = try await publication.value }
            #expect(journal.steps == [.staged])
        }
    }

    @Test("a PUT whose answer is lost is sent again, and so is one that the server can't take now")
    func repeatedPut() async throws {
        try await Scripted.withRunning(Self.put) { _, before in
            before == 0
                ? .lost : before == 1 ? Answer(status: 503, headers: [("Retry-After", "3")]) : Answer(status: 204)
        } _: { scripted in
            let start = scripted.bench.clock.now
            let refusal4 = try await scripted.refusal()
            #expect(refusal4 == nil)
            #expect(scripted.server.requests.count == 3)
            #expect(scripted.bench.clock.now >= start.addingTimeInterval(3))
        }
    }

    @Test("a PUT that is lost again and again ends as an unknown outcome")
    func lostPut() async throws {
        try await Scripted.withRunning(Self.put) { _, _ in
            .lost
        } _: { scripted in
            let refusal5 = try await scripted.refusal()
            #expect(refusal5?.kind == .unknownOutcome)
            #expect(scripted.server.requests.count == 3)
        }
    }

    @Test(
        "a POST is never repeated for its status, which says what became of it",
        arguments: [
            (500, FailureClass.unknownOutcome), (502, .unknownOutcome), (504, .unknownOutcome), (503, .transient),
            (429, .rateLimited), (408, .transient), (401, .auth), (403, .auth), (404, .configuration),
            (400, .configuration), (409, .conflict), (412, .conflict), (302, .configuration),
        ])
    func statuses(status: Int, kind: FailureClass) async throws {
        try await Scripted.withRunning { _, _ in
            Answer(status: status, body: "no")
        } _: { scripted in
            let failure = try #require(try await scripted.refusal())
            #expect(failure.kind == kind, "\(failure)")
            #expect(!failure.remedy.isEmpty && failure.message.contains("POST https://localhost"))
            #expect(scripted.server.requests.count == 1)
        }
    }

    @Test("a server that asks for patience is left to the runner where that is long")
    func patience() async throws {
        try await Scripted.withRunning(Self.put) { _, _ in
            Answer(status: 429, headers: [("Retry-After", "3600")])
        } _: { scripted in
            let failure = try #require(try await scripted.refusal())
            #expect(failure.kind == .rateLimited)
            let wait = try #require(failure.retryAfter).timeIntervalSince(scripted.bench.clock.now)
            #expect((3590...3601).contains(wait))
            #expect(scripted.server.requests.count == 1)
        }
    }

    @Test("a POST with an Idempotency-Key is sent again, under the same key")
    func idempotencyKey() async throws {
        try await Scripted.withRunning(
            """
              requests:
                - {method: POST, path: /, headers: {Idempotency-Key: "{{delivery.id}}"}, body: "{{content.chain}}"}

            """
        ) { _, before in
            before == 0 ? .lost : before == 1 ? Answer(status: 500) : Answer()
        } _: { scripted in
            let refusal6 = try await scripted.refusal()
            #expect(refusal6 == nil)
            let keys = scripted.server.requests.map { $0.headers["idempotency-key"] }
            let id = try scripted.bench.delivery(scripted.versions[0]).id
            #expect(keys == [id, id, id])
        }
    }

    @Test("what can't be reached is tried three times, and nothing was changed")
    func unreachable() async throws {
        try await Scripted.withRunning { _, _ in
            Answer()
        } _: { scripted in
            try await withClient { client in
                let text = Scripted.profile(Scripted.publishing, server: "https://localhost:1")
                let bench = try await Bench(text, client)
                let start = bench.clock.now
                let failure = try #require(
                    try await failure { try await bench.publish(scripted.versions[0]) })
                #expect(failure.kind == .transient && failure.code == "http.unreachable")
                #expect(bench.clock.now > start.addingTimeInterval(2))
            }
        }
    }

    @Test("the second of two changing requests that fails leaves the first journalled, and the whole is done again")
    func halfDone() async throws {
        try await Scripted.withRunning(
            """
              requests:
                - {method: PUT, path: /key, body: "{{content.key}}"}
                - {method: PUT, path: /chain, body: "{{content.chain}}"}

            """ + Self.looking
        ) { request, before in
            request.method == "GET" ? Answer(status: 404) : Answer(status: before == 1 ? 507 : 204)
        } _: { scripted in
            let journal = MemoryJournal()
            let failure = try #require(try await scripted.refusal(journal))
            #expect(failure.kind == .transient)
            #expect(journal.steps == [.staged, .staged])
            let receipt = try await scripted.bench.publish(scripted.versions[0], resuming: journal.last)
            #expect(receipt.effect == .changed)
            #expect(scripted.server.requests.map(\.target) == ["/key", "/chain", "/one", "/key", "/chain"])
        }
    }
}
