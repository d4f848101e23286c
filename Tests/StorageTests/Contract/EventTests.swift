import Automation
import Foundation
import Storage
import Testing

@Suite("Events")
struct EventTests {
    @Test("events come back as they were written, behind the opening of their chain", arguments: LedgerKind.allCases)
    func events(kind: LedgerKind) async throws {
        try await kind.withLedger { ledger async throws in
            #expect(try await ledger.auditHead() == nil)
            let drafts = [Samples.fullEvent, Samples.event("second", certificate: "c")]
            try await ledger.apply([], events: drafts)
            try await ledger.apply([], events: [Samples.event("third", certificate: "d"), Samples.event("fourth")])
            let events = try await ledger.events(after: 0, certificate: nil, limit: 99)
            #expect(events.map(\.sequence) == [1, 2, 3, 4, 5])
            #expect(events.map(\.position) == [1, 2, 3, 4, 5])
            #expect(events.map(\.draft.kind) == [AuditChain.openedKind, "version.stored", "second", "third", "fourth"])
            #expect(events.dropFirst().prefix(2).map(\.draft) == drafts)
            #expect(Set(events.map(\.chain)) == ["first"])
            #expect(try await ledger.events(after: 2, certificate: nil, limit: 2).map(\.sequence) == [3, 4])
            #expect(try await ledger.events(after: 0, certificate: "c", limit: 99).map(\.sequence) == [2, 3])
            #expect(try await ledger.events(after: 2, certificate: "c", limit: 99).map(\.sequence) == [3])
            #expect(try await ledger.latestEvents(certificate: nil, limit: 2).map(\.sequence) == [5, 4])
            #expect(try await ledger.latestEvents(certificate: "c", limit: 1).map(\.sequence) == [3])
            #expect(try await ledger.auditHead()?.sequence == 5)
            let verified = try await ledger.verifyAudit(key: TestKeys.audit)
            #expect(verified.findings.isEmpty)
            #expect(verified.count == 5)
        }
    }

    @Test("whatever an event tells comes back byte for byte", arguments: LedgerKind.allCases)
    func oddTexts(kind: LedgerKind) async throws {
        let ascii = String(decoding: 0..<128 as Range<UInt8>, as: UTF8.self)
        let odd = ["", "\"", "\\", "\\\"", "a/b", "\u{2028}", "Zürich 日本 🔑", ascii]
        try await kind.withLedger { ledger async throws in
            var draft = Samples.event("odd")
            for (number, text) in odd.enumerated() { draft.detail["\(text)\(number)"] = text }
            try await ledger.apply([], events: [draft])
            #expect(try await ledger.latestEvents(certificate: nil, limit: 1).map(\.draft) == [draft])
            #expect(try await ledger.verifyAudit(key: TestKeys.audit).findings.isEmpty)
        }
    }

    @Test("a ledger without events is in order", arguments: LedgerKind.allCases)
    func noEvents(kind: LedgerKind) async throws {
        try await kind.withLedger { ledger async throws in
            try await ledger.apply([.putMeta(key: "a", value: "b")])
            #expect(try await ledger.verifyAudit(key: TestKeys.audit).findings.isEmpty)
            #expect(try await ledger.counts().events == 0)
        }
    }

    @Test("the chain of the next incarnation signs the newest event", arguments: LedgerKind.allCases)
    func nextIncarnation(kind: LedgerKind) async throws {
        try await kind.withRestart { ledger async throws in
            try await ledger.apply([], events: [Samples.event("before")])
        } then: { ledger async throws in
            try await ledger.apply([], events: [Samples.event("after")])
            let events = try await ledger.events(after: 0, certificate: nil, limit: 99)
            #expect(events.map(\.chain) == ["first", "first", "second", "second"])
            #expect(events.map(\.position) == [1, 2, 1, 2])
            let opening = try #require(events.dropFirst(2).first)
            #expect(opening.draft.kind == AuditChain.openedKind)
            #expect(
                opening.draft.detail
                    == ["chain": "first", "position": "2", "head": events[1].mac.base64EncodedString()])
            #expect(try await ledger.verifyAudit(key: TestKeys.audit).findings.isEmpty)
        }
    }

    @Test("another key finds every event wrong", arguments: LedgerKind.allCases)
    func wrongKey(kind: LedgerKind) async throws {
        try await kind.withLedger { ledger async throws in
            try await ledger.apply([], events: [Samples.event()])
            let findings = try await ledger.verifyAudit(key: TestKeys.other).findings
            #expect(findings.map(\.sequence) == [1, 2, 2])
        }
    }

    @Test("many tasks write one unbroken chain", arguments: LedgerKind.allCases)
    func manyTasks(kind: LedgerKind) async throws {
        try await kind.withLedger { ledger async throws in
            try await withThrowingTaskGroup { group in
                for task in 0..<32 {
                    group.addTask {
                        for index in 0..<20 {
                            try await ledger.apply(
                                [], events: [Samples.event("e\(task).\(index)"), Samples.event("more")])
                        }
                    }
                }
                try await group.waitForAll()
            }
            let verified = try await ledger.verifyAudit(key: TestKeys.audit)
            #expect(verified.findings.isEmpty)
            #expect(verified.count == 1 + 32 * 20 * 2)
        }
    }
}
