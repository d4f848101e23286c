import Foundation
import Storage
import StorageSQLite
import Testing

/// Every engine that the contract suite runs against. Another engine is another case.
enum LedgerKind: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case memory
    case sqlite

    var testDescription: String { rawValue }

    /// A fresh ledger, closed and removed after `body`.
    func withLedger(_ body: (any Ledger) async throws -> Void) async throws {
        switch self {
        case .memory: try await body(MemoryLedger(auditKey: TestKeys.audit, chain: "first"))
        case .sqlite: try await withSQLiteLedger { ledger, _ in try await body(ledger) }
        }
    }

    /// The same content under two incarnations, one after the other, as after a restart.
    func withRestart(
        _ before: (any Ledger) async throws -> Void, then after: (any Ledger) async throws -> Void
    ) async throws {
        switch self {
        case .memory:
            let ledger = MemoryLedger(auditKey: TestKeys.audit, chain: "first")
            try await before(ledger)
            ledger.reopen(auditKey: TestKeys.audit, chain: "second")
            try await after(ledger)
        case .sqlite:
            try await withTestDirectory { directory in
                let path = "\(directory)/ledger.db"
                try await withSQLiteLedger(at: path, chain: "first", before)
                try await withSQLiteLedger(at: path, chain: "second", after)
            }
        }
    }
}

/// A fresh SQLite ledger with the path of its database.
func withSQLiteLedger(_ body: (SQLiteLedger, String) async throws -> Void) async throws {
    try await withTestDirectory { directory in
        let path = "\(directory)/ledger.db"
        try await withSQLiteLedger(at: path, chain: "first") { try await body($0, path) }
    }
}

/// Opens the database at `path`, making it where there is none, and closes it after `body`.
func withSQLiteLedger(
    at path: String, chain: String, _ body: (SQLiteLedger) async throws -> Void
) async throws {
    let ledger = try SQLiteLedger(path: path, creating: true, auditKey: TestKeys.audit, chain: chain)
    do {
        try await body(ledger)
        await ledger.close()
    } catch {
        await ledger.close()
        throw error
    }
}

/// A directory that nobody else has, removed with all in it after `body`.
func withTestDirectory(_ body: (String) async throws -> Void) async throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "certflow-storage-\(UUID().uuidString)")
    try FileManager.default.createDirectory(
        at: directory, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    defer { try? FileManager.default.removeItem(at: directory) }
    try await body(directory.path)
}
