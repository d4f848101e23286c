import Automation
import Foundation
import HTTPTypes
import HummingbirdCore
import NIOCore
import Storage
import Synchronization
import Testing

@testable import Server

@Suite("the stream of a certificate's attempts")
struct CertificateStreamTests {
    /// Keeps what is written; is gone after so many writes.
    private struct Sink: ResponseBodyWriter {
        final class Text: Sendable {
            let state = Mutex("")
            var value: String { state.withLock { $0 } }
        }
        struct Gone: Error {}

        let text = Text()
        var left = Int.max

        mutating func write(_ buffer: ByteBuffer) async throws {
            guard left > 0 else { throw Gone() }
            left -= 1
            text.state.withLock { $0 += String(buffer: buffer) }
        }

        consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
    }

    private func stream(
        _ house: CertificateHouse, after: String = "", shown: String = "", again: Principal?? = nil
    ) -> CertificateStream {
        let person = house.person()
        return CertificateStream(house.house, person, name: CertificateHouse.name, after: after, shown: shown) {
            switch again {
            case .some(let answer): answer
            case nil: person
            }
        }
    }

    @Test("sends what the page does not show yet, and ends after a quarter of an hour")
    func ends() async throws {
        let house = try await CertificateHouse()
        let sink = Sink()
        var writer: any ResponseBodyWriter = sink
        try await stream(house, after: "r1-1").write(to: &writer)
        let text = sink.text.value
        #expect(text.contains("event: attempt\nid: p3-1\n") && text.contains("event: beat\n"))
        #expect(house.time.now - CertificateHouse.start <= .minutes(15) + .seconds(1))
        #expect(house.time.now - CertificateHouse.start >= .minutes(15))
        #expect(text.components(separatedBy: "id: p3-1\n").count == 2)
    }

    @Test("an attempt that begins and ends keeps its place in the list")
    func goesOn() async throws {
        let house = try await CertificateHouse()
        try await house.commit([.schedule(DueRecord(WorkKey(.publication, 3), at: CertificateHouse.start, group: 1))])
        let (ledger, time) = (house.ledger, house.time)
        time.atNextWait {
            let claims = try await ledger.claim(
                ClaimRequest(limit: 1, now: time.now, leaseUntil: time.now + .minutes(1), owner: "test"))
            time.atNextWait {
                let attempt = AttemptRecord(
                    work: WorkKey(.publication, 3), certificate: 1, target: "edge/beta", version: 2,
                    startedAt: time.now,
                    endedAt: time.now, outcome: .succeeded)
                _ = try await ledger.commit(
                    Change(
                        [.addAttempt(attempt)],
                        events: [
                            EventDraft(
                                at: time.now, actor: "runner", kind: "publication.serving",
                                certificate: CertificateHouse.name, subject: "edge/beta", detail: ["version": "2"])
                        ], release: .init(WorkKey(.publication, 3), next: nil)), under: claims.first?.fence)
            }
        }
        let sink = Sink()
        var writer: any ResponseBodyWriter = sink
        try await stream(house, after: "p3-1").write(to: &writer)
        let events = sink.text.value.components(separatedBy: "event: attempt\n").filter { $0.hasPrefix("id: p3-2\n") }
        #expect(events.count >= 2)
        #expect(events.first?.contains("publishing") == true && events.last?.contains("version 2 is served") == true)
        // The page is asked for again when it began, and when all of it was over.
        let marks = sink.text.value.components(separatedBy: "event: changed\ndata: ").dropFirst()
            .compactMap { $0.split(separator: "\n").first }
        let end = try await CertificateView(house.house, house.person(), CertificateHouse.name)
        #expect(marks.count >= 2 && marks.contains { $0.hasSuffix("-p3") } && marks.last.map(String.init) == end.mark)
    }

    /// The attempts of a page may be newer than the state beside them, which was read before.
    @Test("a page is told once that it is older than what there is, and not where it is as new")
    func olderPage() async throws {
        let house = try await CertificateHouse()
        let before = try await CertificateView(house.house, house.person(), CertificateHouse.name)
        try await house.commit(
            [],
            EventDraft(
                at: house.time.now, actor: "runner", kind: "publication.serving",
                certificate: CertificateHouse.name, subject: "edge/beta", detail: ["version": "2"]))
        let after = try await CertificateView(house.house, house.person(), CertificateHouse.name)
        #expect(before.mark != after.mark)
        for (view, times) in [(before, 1), (after, 0)] {
            let sink = Sink()
            var writer: any ResponseBodyWriter = sink
            try await stream(house, after: "p3-1", shown: view.mark).write(to: &writer)
            let parts = sink.text.value.components(separatedBy: "event: changed\ndata: \(after.mark)\n\n")
            #expect(parts.count - 1 == times && !sink.text.value.contains("event: changed\ndata: \(before.mark)\n"))
        }
    }

    @Test("ends when the reader is gone, and when the session is over")
    func readerGone() async throws {
        let house = try await CertificateHouse()
        var writer: any ResponseBodyWriter = Sink(left: 2)
        await #expect(throws: Sink.Gone.self) { try await stream(house).write(to: &writer) }
        let begun = house.time.now
        var other: any ResponseBodyWriter = Sink()
        try await stream(house, again: .some(nil)).write(to: &other)
        #expect(house.time.now - begun < .minutes(1))
    }

    @Test("text from outside can't forge an event")
    func forged() {
        let event = LiveStream.event("attempt", id: "p1-1", "<li>one\r\nevent: forged\rid: 7\n\ndata: x</li>")
        let lines = event.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(!event.contains("\r") && event.hasSuffix("\n\n"))
        #expect(lines.dropFirst(2).dropLast(2).allSatisfy { $0.hasPrefix("data: ") })
    }

    @Test("there are so many streams at a time and no more; a place is free again when its stream ends")
    func seats() async throws {
        let house = try await CertificateHouse()
        let seats = StreamSeats(1)
        let exchange = try CertificatePageTests.exchange(house)
        var first: Reply? = try await CertificateStream.reply(exchange, seats: seats)
        #expect(first?.headers[.contentType] == "text/event-stream")
        let full = await #expect(throws: Problem.self) { try await CertificateStream.reply(exchange, seats: seats) }
        #expect(full?.status == 503 && full?.retryAfter != nil)
        first = nil
        _ = try await CertificateStream.reply(exchange, seats: seats)
    }
}
