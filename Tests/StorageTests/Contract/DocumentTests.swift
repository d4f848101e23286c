import Automation
import Foundation
import Storage
import Testing

@Suite("Documents")
struct DocumentTests {
    private static func document(
        _ kind: DocumentRecord.Kind, _ key: String, owner: String = "", ends: Instant = .distantFuture,
        revision: Int = 0, _ body: String = "{}"
    ) -> DocumentRecord {
        DocumentRecord(kind, key, owner: owner, endsAt: ends, revision: revision, body: body)
    }

    private static func isConflict(_ outcome: CommitOutcome) -> Bool {
        if case .conflict = outcome { return true }
        return false
    }

    @Test("a document comes back as it was put, with its revision counted", arguments: LedgerKind.allCases)
    func putting(kind: LedgerKind) async throws {
        try await kind.withLedger { ledger async throws in
            for (document, key) in zip(DocumentRecord.Kind.allCases, ["a", "B", "\u{E9}\u{301}'\"", ""]) {
                let put = Self.document(
                    document, key, owner: "anna", ends: Samples.instant(50), "{\"a\":\"\u{1F512}\"}")
                try await ledger.apply([.putDocument(put)])
                var stored = put
                stored.revision = 1
                #expect(try await ledger.document(document, key) == stored)
                stored.body = "[]"
                stored.owner = ""
                stored.endsAt = .distantFuture
                try await ledger.apply([.putDocument(stored)])
                stored.revision = 2
                #expect(try await ledger.document(document, key) == stored)
            }
            #expect(try await ledger.document(.account, "nobody") == nil)
            // Of another kind, the same key is another document.
            #expect(try await ledger.document(.session, "a") == nil)
        }
    }

    @Test(
        "who puts a document without its latest revision is refused, with all else in the change",
        arguments: LedgerKind.allCases)
    func conflicts(kind: LedgerKind) async throws {
        try await kind.withLedger { ledger async throws in
            try await ledger.apply([.putDocument(Self.document(.account, "anna", "1"))])
            try await ledger.apply([.putDocument(Self.document(.account, "anna", revision: 1, "2"))])
            for (key, revision) in [("anna", 0), ("anna", 1), ("anna", 3), ("anna", -1), ("nobody", 1), ("nobody", -1)]
            {
                let before = try await ledger.contents()
                let change = Change(
                    [
                        .putDocument(Self.document(.token, "t")), .putMeta(key: "a", value: "new"),
                        .putDocument(Self.document(.account, key, revision: revision, "3")),
                    ], events: [Samples.event("never")])
                #expect(Self.isConflict(try await ledger.commit(change)), "\(key) \(revision)")
                #expect(try await ledger.contents() == before)
                #expect(try await ledger.document(.token, "t") == nil)
            }
            #expect(try await ledger.document(.account, "anna")?.body == "2")
            #expect(try await ledger.document(.account, "nobody") == nil)
        }
    }

    @Test("a second put in one change needs the revision of the first", arguments: LedgerKind.allCases)
    func twice(kind: LedgerKind) async throws {
        try await kind.withLedger { ledger async throws in
            let (first, second) = (Self.document(.account, "a", "1"), Self.document(.account, "a", revision: 1, "2"))
            #expect(Self.isConflict(try await ledger.commit(Change([.putDocument(first), .putDocument(first)]))))
            #expect(try await ledger.document(.account, "a") == nil)
            try await ledger.apply([.putDocument(first), .putDocument(second)])
            #expect(try await ledger.document(.account, "a")?.revision == 2)
        }
    }

    @Test("documents are listed by kind and owner, in the order of their keys", arguments: LedgerKind.allCases)
    func listing(kind: LedgerKind) async throws {
        try await kind.withLedger { ledger async throws in
            try await ledger.apply(
                ["b", "a", "B", "\u{E4}"].map { .putDocument(Self.document(.session, $0, owner: "anna")) }
                    + [
                        .putDocument(Self.document(.session, "c", owner: "berta")),
                        .putDocument(Self.document(.token, "d", owner: "anna")),
                        .putDocument(Self.document(.session, "e")),
                    ])
            func keys(_ kind: DocumentRecord.Kind, _ owner: String?) async throws -> [String] {
                try await ledger.documents(kind, owner: owner).map(\.key)
            }
            #expect(try await keys(.session, "anna") == ["B", "a", "b", "\u{E4}"])
            #expect(try await keys(.session, nil) == ["B", "a", "b", "c", "e", "\u{E4}"])
            #expect(try await keys(.session, "") == ["e"])
            #expect(try await keys(.session, "ANNA") == [])
            #expect(try await keys(.token, "anna") == ["d"])
            #expect(try await keys(.answer, nil) == [])
        }
    }

    @Test(
        "removing takes one, or all of an owner, and nothing else; a removed key begins anew",
        arguments: LedgerKind.allCases)
    func removing(kind: LedgerKind) async throws {
        try await kind.withLedger { ledger async throws in
            try await ledger.apply([
                .putDocument(Self.document(.session, "a", owner: "anna")),
                .putDocument(Self.document(.session, "b", owner: "anna")),
                .putDocument(Self.document(.session, "c", owner: "berta")),
                .putDocument(Self.document(.token, "a", owner: "anna")),
                .putDocument(Self.document(.session, "d")),
            ])
            try await ledger.apply([.removeDocument(.session, key: "a"), .removeDocument(.session, key: "nobody")])
            #expect(try await ledger.document(.session, "a") == nil)
            #expect(try await ledger.document(.token, "a") != nil)
            try await ledger.apply([
                .removeDocuments(.session, owner: "anna"), .removeDocuments(.answer, owner: "anna"),
            ])
            #expect(try await ledger.documents(.session, owner: nil).map(\.key) == ["c", "d"])
            #expect(try await ledger.documents(.token, owner: nil).map(\.key) == ["a"])
            try await ledger.apply([.removeDocuments(.session, owner: "")])
            #expect(try await ledger.documents(.session, owner: nil).map(\.key) == ["c"])
            try await ledger.apply([.putDocument(Self.document(.session, "a"))])
            #expect(try await ledger.document(.session, "a")?.revision == 1)
        }
    }

    @Test(
        "what ended before a moment is removed, of every kind; what ends then or never stays",
        arguments: LedgerKind.allCases)
    func ended(kind: LedgerKind) async throws {
        try await kind.withLedger { ledger async throws in
            try await ledger.apply(
                DocumentRecord.Kind.allCases.flatMap { kind in
                    [("before", Samples.instant(99)), ("then", Samples.instant(100)), ("never", Instant.distantFuture)]
                        .map { .putDocument(Self.document(kind, $0.0, ends: $0.1)) }
                })
            try await ledger.apply([.removeDocumentsEnded(before: Samples.instant(100))])
            for kind in DocumentRecord.Kind.allCases {
                #expect(try await ledger.documents(kind, owner: nil).map(\.key) == ["never", "then"])
            }
            try await ledger.apply([.removeDocumentsEnded(before: .distantFuture)])
            #expect(try await ledger.documents(.account, owner: nil).map(\.key) == ["never"])
        }
    }

    @Test("removals in a change that conflicts are undone", arguments: LedgerKind.allCases)
    func undone(kind: LedgerKind) async throws {
        try await kind.withLedger { ledger async throws in
            try await ledger.apply([
                .putDocument(Self.document(.session, "a", owner: "anna", ends: Samples.instant(1))),
                .putDocument(Self.document(.session, "b", owner: "anna")),
                .putDocument(Self.document(.account, "anna")),
            ])
            let change = Change([
                .removeDocumentsEnded(before: Samples.instant(9)), .removeDocuments(.session, owner: "anna"),
                .removeDocument(.account, key: "anna"), .putDocument(Self.document(.account, "anna", revision: 7)),
            ])
            #expect(Self.isConflict(try await ledger.commit(change)))
            #expect(try await ledger.documents(.session, owner: "anna").map(\.key) == ["a", "b"])
            #expect(try await ledger.document(.account, "anna")?.revision == 1)
        }
    }

    @Test("documents are there after a restart", arguments: LedgerKind.allCases)
    func restart(kind: LedgerKind) async throws {
        let document = Self.document(.token, "t", owner: "anna", ends: Samples.instant(7), "{\"x\":1}")
        try await kind.withRestart { ledger async throws in
            try await ledger.apply([.putDocument(document)])
        } then: { ledger async throws in
            var stored = document
            stored.revision = 1
            #expect(try await ledger.document(.token, "t") == stored)
            #expect(try await ledger.documents(.token, owner: "anna") == [stored])
        }
    }
}
