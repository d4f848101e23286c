import Foundation
import GRDB
import Storage

extension StorageError {
    static func missing(_ path: String) -> Self {
        Self(
            .databaseMissing, "There is no database at \(path).",
            remedy: "Make a home with `certflow init`, or name the right one with --home.")
    }

    static func newer(_ path: String) -> Self {
        Self(
            .databaseNewer, "The database at \(path) was written by a newer certflow.",
            remedy: "Use that release, or restore the backup that was made before the update.")
    }

    /// - Parameter cause: what is wrong: "column name holds what it can't hold".
    static func damaged(_ cause: String) -> Self {
        Self(
            .databaseUnusable, "The database is damaged: \(cause).",
            remedy: "Stop certflow and restore the home from a backup with `certflow restore`.")
    }

    static func unknownWord(_ word: String, _ type: Any.Type) -> Self {
        Self(
            .databaseUnusable, "The database holds `\(word)`, which is no \(type).",
            remedy: "It was written by a newer certflow, or by another program: use that release, or restore a backup.")
    }

    static func unknownZone(_ identifier: String) -> Self {
        Self(
            .databaseUnusable, "A flow uses the time zone \(identifier), which this system does not know.",
            remedy: "Update the system's zone data (package tzdata), or restore the home where that zone is known.")
    }

    /// Translates what GRDB and SQLite report.
    init(database error: any Error) {
        if let known = error as? StorageError {
            self = known
            return
        }
        guard let database = error as? DatabaseError else {
            self.init(
                .databaseUnusable, "The database failed: \(error).", remedy: "See the log of the machine; report this.")
            return
        }
        let words = database.message ?? database.resultCode.description
        switch database.resultCode.primaryResultCode {
        case .SQLITE_FULL:
            self.init(
                .databaseFull, "The disk of the home is full: \(words).",
                remedy: "Free space there; nothing was half written, and work goes on by itself.")
        case .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_AUTH:
            self.init(
                .databaseReadOnly, "The database can't be written: \(words).",
                remedy: "Give the account that runs certflow write access to the home, database and directory alike.")
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            self.init(
                .databaseBusy, "Another process has held the database for too long: \(words).",
                remedy: "Look for a hanging `certflow` or `sqlite3` process on this home and end it.")
        case .SQLITE_IOERR: self = .closed(after: words)
        case .SQLITE_MISUSE: self = .closed
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: self = .damaged(words)
        default:
            self.init(
                .databaseUnusable, "The database refused a statement: \(words).",
                remedy: "This is a defect of certflow; please report it with the output of `certflow doctor`.")
        }
    }
}
