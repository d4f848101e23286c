import Foundation
import Testing

@testable import Server

@Suite("a profile's file")
struct ProfileStoreTests {
    private struct DiskFull: Error {}

    @Test("that can't be written leaves an event that says so, besides the one that it was to be")
    func notWritten() async throws {
        let guarded = try await GuardHouse()
        defer { guarded.people.end() }
        try await guarded.seat("zora", .administrator)
        var house = guarded.house
        house.files = ProfileFiles(read: { _, _ in nil }, write: { _, _, _ in throw DiskFull() })
        let person = try #require(
            try await guarded.people.principal(ofSession: try await guarded.session(of: "zora").id))
        let store = ProfileStore(house: house, kind: .publishing, name: "web")
        await #expect(throws: DiskFull.self) {
            try await store.save("profile: web\n", replacing: nil, by: person, reason: "a try")
        }
        for kind in ["profile.created", "profile.not-written"] {
            let events = try await guarded.events(kind)
            #expect(events.map(\.draft.subject) == ["publishing/web"], "\(kind)")
            #expect(events.map(\.draft.reason) == ["a try"])
        }
    }

    @Test("that somebody else changed meanwhile is not replaced")
    func changedMeanwhile() async throws {
        let guarded = try await GuardHouse()
        defer { guarded.people.end() }
        try await guarded.seat("zora", .administrator)
        var house = guarded.house
        house.files = ProfileFiles(
            read: { _, _ in "theirs" }, write: { _, _, _ in Issue.record("the file of somebody else was replaced") })
        let person = try #require(
            try await guarded.people.principal(ofSession: try await guarded.session(of: "zora").id))
        let store = ProfileStore(house: house, kind: .publishing, name: "web")
        do {
            try await store.save("mine", replacing: "before", by: person, reason: "")
            Issue.record("it was saved")
        } catch let problem as Problem {
            #expect(problem.code == "profile.conflict" && problem.status == 409)
        }
    }
}
