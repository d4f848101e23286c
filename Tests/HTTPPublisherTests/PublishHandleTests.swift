import Foundation
import PluginKit
import Testing

@testable import HTTPPublisher

@Suite("What a publication writes down")
struct PublishHandleTests {
    private let facts = VersionFacts(
        certificate: "a", number: 7, subjects: ["a"], fingerprint: Fingerprint(sha256: Data(repeating: 171, count: 32)),
        serial: "0f", notBefore: Date(timeIntervalSince1970: 0), notAfter: Date(timeIntervalSince1970: 1))

    @Test("is read as it was written, whatever the values look like")
    func roundTrip() throws {
        var handle = PublishHandle(version: PublishedVersion(facts, delivery: "d\"1"), total: 3)
        #expect(try handle.recorded().decode(PublishHandle.self) == handle)
        handle.previous = PublishedVersion(facts, delivery: "")
        handle.answered = 2
        handle.values = ["arn": "arn:aws:\\\"é\u{1}\n/", "": "", "k\"": "{}"]
        let recorded = try handle.recorded()
        #expect(try recorded.decode(PublishHandle.self) == handle)
        #expect(try recorded.decode(PublishHandle.self) == Handle(handle).decode(PublishHandle.self))
    }

    @Test("is refused where it is larger than a handle may be")
    func large() throws {
        var handle = PublishHandle(version: PublishedVersion(facts, delivery: "1"), total: 1)
        handle.values = ["a": String(repeating: "x", count: Handle.limit)]
        let failure = #expect(throws: PluginFailure.self) { try handle.recorded() }
        #expect(failure?.code == "plugin.handle-too-large")
    }
}
