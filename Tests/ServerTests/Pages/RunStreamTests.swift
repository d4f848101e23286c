import Automation
import Foundation
import HTTPTypes
import HummingbirdCore
import NIOCore
import Storage
import Synchronization
import Testing

@testable import Server

@Suite("what runs now, live")
struct RunStreamTests {
    private struct Sink: ResponseBodyWriter {
        let text = Text()
        mutating func write(_ buffer: ByteBuffer) async throws { text.add(String(buffer: buffer)) }
        consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
    }

    private final class Text: Sendable {
        private let state = Mutex("")
        var value: String { state.withLock { $0 } }
        func add(_ text: String) { state.withLock { $0 += text } }
    }

    private func follow(_ house: CertificateHouse, _ person: Principal) async throws -> String {
        let sink = Sink()
        var writer: any ResponseBodyWriter = sink
        let stream = LiveStream(house: house.house, principal: person) { person }
        try await RunStream(stream: stream).write(to: &writer)
        return sink.text.value
    }

    /// A publication begins after the stream's first look.
    private func begin(_ house: CertificateHouse) async throws {
        try await house.commit([.schedule(DueRecord(WorkKey(.publication, 3), at: CertificateHouse.start, group: 1))])
        let (ledger, time) = (house.ledger, house.time)
        time.atNextWait {
            _ = try await ledger.claim(
                ClaimRequest(limit: 1, now: time.now, leaseUntil: time.now + .hours(1), owner: "test"))
        }
    }

    @Test("what begins is told as it would stand on the page, and nothing twice")
    func begins() async throws {
        let house = try await CertificateHouse()
        try await begin(house)
        let text = try await follow(house, house.person())
        let parts = text.components(separatedBy: "event: now\n")
        #expect(parts.count == 3, "\(text.prefix(3000))")
        #expect(parts[1].contains("Nothing runs"))
        #expect(parts[2].contains("1 running") && parts[2].contains("edge/beta") && parts[2].contains("publishing"))
        #expect(text.contains("event: beat\n"))
    }

    @Test("who does not see a certificate is told nothing of its work")
    func scope() async throws {
        let house = try await CertificateHouse()
        try await begin(house)
        let text = try await follow(house, house.person(scope: ["team": "mail"]))
        #expect(text.components(separatedBy: "event: now\n").count == 2)
        #expect(!text.contains("edge/beta") && !text.contains(CertificateHouse.name))
    }

    @Test("the page has the same without scripts, and says where it is followed")
    func page() async throws {
        try await PageHouse.served { house, port, workers in
            let page = try await house.client(.viewer, port, workers).get("/runs")
            #expect(
                page.body.contains("data-live-part data-events=\"/runs/events\"") && page.body.contains("Nothing runs"))
        }
    }
}
