import FaultKit
import Foundation
import GRDB

/// What a home's ledger holds at one moment, read from a copy: the next run finds the files as they were left.
struct LedgerSnapshot {
    /// The fingerprints of the versions stored, by their serial numbers.
    private(set) var versions: [String: Data] = [:]
    /// What the issuers recorded of open intents.
    private(set) var handles: [Data] = []
    /// The newest version that each target is recorded to hold.
    private(set) var held: [String: Int] = [:]

    /// - Throws: `Wrong` where the database can't be read.
    init(_ stage: Stage) throws {
        let scratch = try ScratchDirectory()
        defer { scratch.remove() }
        let files = FileManager.default
        for name in ["certflow.db", "certflow.db-wal"] where files.fileExists(atPath: "\(stage.home)/\(name)") {
            try files.copyItem(atPath: "\(stage.home)/\(name)", toPath: "\(scratch.path)/\(name)")
        }
        do {
            let queue = try DatabaseQueue(path: "\(scratch.path)/certflow.db")
            try queue.read { try read($0) }
            try queue.close()
        } catch let error as DatabaseError {
            throw Wrong("the database can't be read: \(error)")
        }
    }

    private mutating func read(_ db: Database) throws {
        for row in try Row.fetchAll(db, sql: "SELECT serial, fingerprint FROM version") {
            versions[Self.plain(row["serial"])] = row["fingerprint"]
        }
        handles = try Data.fetchAll(
            db, sql: "SELECT handle FROM intent WHERE handle IS NOT NULL AND standing = 'open'")
        let holding = "SELECT profile, held_number FROM placement WHERE held_number IS NOT NULL"
        for row in try Row.fetchAll(db, sql: holding) {
            held[row["profile"]] = row["held_number"]
        }
    }

    private struct Reservation: Decodable {
        struct Serial: Decodable { let bytes: [UInt8] }
        let serial: Serial
    }

    private static func plain(_ serial: String) -> String {
        String(serial.lowercased().filter(\.isHexDigit).drop { $0 == "0" })
    }

    /// The serial numbers that open intents of the local authority have reserved.
    private func reserved() throws -> [String] {
        try handles.map { handle in
            let bytes = try JSONDecoder().decode(Reservation.self, from: handle).serial.bytes
            return Self.plain(bytes.map { String(format: "%02x", $0) }.joined())
        }
    }

    /// Each certificate that this one held must be there later.
    func requireVersions(in later: LedgerSnapshot) throws {
        for (serial, fingerprint) in versions where later.versions[serial] != fingerprint {
            throw Wrong("the certificate with serial number \(serial) is lost")
        }
    }

    /// What this one held must be there later: each certificate, and what was made of each serial number reserved.
    func requireKept(in later: LedgerSnapshot) throws {
        try requireVersions(in: later)
        for serial in try reserved() where later.versions[serial] == nil {
            throw Wrong("the serial number \(serial) was reserved, and another one was used")
        }
    }

    /// What a run told its operator must stand in the ledger, whatever became of the run.
    func requireTold(_ output: String) throws {
        for match in output.matches(of: /-> ([a-z]+)\/default  version ([0-9]+) published/) {
            guard let number = held[String(match.1)], let told = Int(match.2), number >= told else {
                throw Wrong("'\(match.0)' was told, and is not recorded")
            }
        }
        for match in output.matches(of: /version ([0-9]+) issued by/) {
            guard let told = Int(match.1), versions.count >= told else {
                throw Wrong("'\(match.0)' was told, and is not recorded")
            }
        }
    }
}
