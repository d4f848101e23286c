import Foundation
import PluginKit
import Testing

@testable import HTTPPublisher

@Suite("What a server itself named, and what is taken away")
struct NamedTests {
    private typealias Answer = RecordingServer.Answer

    private static let named = """
          requests:
            - method: POST
              path: /import
              json: {id: "{{value.id | optional}}", chain: "{{content.chain}}"}
              extract: {id: {pointer: /id, keep: true}}
          inspect:
            - {path: "/certificates/{{value.id}}", absent: [404], certificate: {body: true}}
          withdraw:
            - {method: DELETE, path: "/certificates/{{value.id}}"}

        """

    @Test("only a publication forgets what the server called it, and remarks that; looking just tells")
    func gone() async throws {
        try await Scripted.withRunning(Self.named) { request, before in
            request.method == "POST" ? .json("{\"id\":\"n\(before)\"}") : Answer(status: 404)
        } _: { scripted in
            _ = try await scripted.bench.publish(scripted.versions[0])
            for _ in 0..<2 {
                #expect(try await scripted.bench.leaf(scripted.versions[0]) == nil)
                let bare = try scripted.bench.delivery(scripted.versions[0], artifacts: false)
                _ = try await scripted.bench.publisher.check(bare)
            }
            let looks = scripted.server.requests.dropFirst()
            #expect(looks.map(\.target) == Array(repeating: "/certificates/n0", count: 4))
            let receipt = try await scripted.bench.publish(scripted.versions[1])
            #expect(receipt.remarks.count == 1 && receipt.remarks[0].contains("was gone"))
            let last = try #require(scripted.server.requests.last)
            #expect(last.target == "/import" && !last.body.contains("\"id\""))
        }
    }

    @Test("what can't be read is left where it is withdrawn, and for what is not there nothing is asked")
    func withdrawal() async throws {
        let held = Held()
        try await Scripted.withRunning(Self.named) { request, _ in
            guard request.method == "GET" else { return .json(#"{"id":"a"}"#) }
            return held.text.isEmpty ? Answer(status: 404) : Answer(body: held.text)
        } _: { scripted in
            _ = try await scripted.bench.publish(scripted.versions[0])
            let bare = try scripted.bench.delivery(scripted.versions[0], artifacts: false)
            let nothing = try await scripted.bench.publisher.withdraw(bare)
            #expect(nothing.count == 1 && nothing[0].contains("removed already"))
            held.set("something else")
            let other = try await scripted.bench.publisher.withdraw(bare)
            #expect(other.count == 1 && other[0].contains("was left"))
            #expect(!scripted.server.requests.contains { $0.method == "DELETE" })
            held.set(scripted.versions[0].text(.fullchain))
            _ = try await scripted.bench.publisher.withdraw(bare)
            #expect(scripted.server.requests.last?.method == "DELETE")
        }
    }

    @Test("a version newer than what is in place is never swept away")
    func newer() async throws {
        let sweeping = Scripted.publishing + "  sweep: [{method: DELETE, path: \"/{{old.number}}\"}]\n"
        try await Scripted.withRunning(sweeping) { _, _ in
            Answer()
        } _: { scripted in
            for version in scripted.versions { _ = try await scripted.bench.publish(version) }
            let first = try scripted.bench.delivery(scripted.versions[0], artifacts: false)
            try await scripted.bench.publisher.sweep(first, keeping: [])
            #expect(scripted.server.requests.count == 2)
            let second = try scripted.bench.delivery(scripted.versions[1], artifacts: false)
            try await scripted.bench.publisher.sweep(second, keeping: [])
            #expect(scripted.server.requests.last?.target == "/1")
        }
    }

    @Test("going back names what is known now, not what the handle remembers")
    func rollback() async throws {
        let undoing = """
              login:
                - {path: /login, extract: {token: {pointer: /id, secret: false}}}
              undo: [{method: PUT, path: "/undo/{{value.token}}", body: a}]

            """ + Scripted.publishing
        try await Scripted.withRunning(undoing) { _, before in
            .json("{\"id\":\"t\(before)\"}")
        } _: { scripted in
            let receipt = try await scripted.bench.publish(scripted.versions[1], after: scripted.versions[0])
            let bare = try scripted.bench.delivery(scripted.versions[1], artifacts: false)
            let handle = try #require(receipt.handle)
            _ = try await scripted.bench.publisher.rollback(bare, to: handle, MemoryJournal())
            #expect(scripted.server.requests.map(\.target) == ["/login", "/import", "/login", "/undo/t2"])
        }
    }
}
