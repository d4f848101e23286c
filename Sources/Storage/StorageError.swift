import Foundation

/// What the ledger, its engines and its sealing throw.
public struct StorageError: Error, Sendable, Equatable {
    public struct Code: Hashable, Sendable {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        public static let masterKeyMissing = Code(rawValue: "storage.master-key-missing")
        public static let masterKeyUnsafe = Code(rawValue: "storage.master-key-unsafe")
        public static let masterKeyMalformed = Code(rawValue: "storage.master-key-malformed")
        public static let masterKeyNotWritten = Code(rawValue: "storage.master-key-not-written")
        public static let masterKeyWrong = Code(rawValue: "storage.master-key-wrong")
        public static let sealingFailed = Code(rawValue: "storage.sealing-failed")
        public static let unsealingFailed = Code(rawValue: "storage.unsealing-failed")
        public static let databaseMissing = Code(rawValue: "storage.database-missing")
        public static let databaseUnusable = Code(rawValue: "storage.database-unusable")
        public static let databaseFull = Code(rawValue: "storage.database-full")
        public static let databaseReadOnly = Code(rawValue: "storage.database-read-only")
        public static let databaseBusy = Code(rawValue: "storage.database-busy")
        public static let databaseNewer = Code(rawValue: "storage.database-newer")
        public static let closed = Code(rawValue: "storage.closed")
    }

    /// Stable: tests, clients and runbooks match on it.
    public var code: Code
    public var message: String
    public var remedy: String

    public init(_ code: Code, _ message: String, remedy: String) {
        self.code = code
        self.message = message
        self.remedy = remedy
    }

    /// Whether it may be over by itself: the engine goes on.
    public var isPassing: Bool { code == .databaseBusy || code == .databaseFull }

    /// The engine gave up: what a disk failed to write may be lost, whatever it says afterwards.
    public static func closed(after cause: String) -> Self {
        Self(
            .closed, "The database was closed after a failed write: \(cause).",
            remedy: "Make room where the disk is full, mend or replace it where it fails, then start certflow again; "
                + "nothing that was reported done is lost.")
    }

    /// It was closed on purpose, and somebody still uses it.
    public static let closed = Self(
        .closed, "The ledger is closed.", remedy: "Start certflow again; nothing that was reported done is lost.")
}

extension StorageError: CustomStringConvertible {
    public var description: String { "\(message) \(remedy)" }
}
