import Automation
import Foundation
import Storage
import StorageSQLite

/// Whether the key fits and the database is whole.
struct DatabaseCheckup {
    /// A log that grew past this was not folded back for long: some reader holds it.
    private static let longLog: Int64 = 256 << 20
    /// So much unused space is worth giving back, where it is most of the database.
    private static let muchSpace: Int64 = 256 << 20

    private let home: Home

    init(_ home: Home) { self.home = home }

    func findings() async -> [Finding] {
        let master: Secret32
        do {
            master = try MasterKey.load(home: home.path)
        } catch {
            return [.problem("key", error)]
        }
        let ledger: SQLiteLedger
        do {
            ledger = try SQLiteLedger(
                path: home.database, creating: false, auditKey: master.derived(for: "audit"), chain: Randomness.hex(8))
        } catch {
            return [.problem("database", error)]
        }
        let findings = await look(into: ledger, master)
        await ledger.close()
        return findings
    }

    private func look(into ledger: SQLiteLedger, _ master: Secret32) async -> [Finding] {
        var findings: [Finding] = []
        do {
            try MasterKey.verify(canary: try await ledger.meta(MasterKey.canaryName), with: master)
            findings.append(.ok("key", "The master key is the one that this home was sealed with."))
        } catch {
            findings.append(.problem("key", error))
        }
        do {
            findings += judge(try await ledger.health())
        } catch {
            findings.append(.problem("database", error))
        }
        return findings
    }

    private func judge(_ health: DatabaseHealth) -> [Finding] {
        let remedy = "Stop the runner and restore the home from a backup with `certflow restore`."
        var findings = health.damages.map {
            Finding.problem("database", "The database is damaged: \($0).", remedy: remedy)
        }
        findings += health.orphans.map {
            .problem("database", "The database does not hold together: \($0).", remedy: remedy)
        }
        let log = size("\(home.database)-wal")
        if log > Self.longLog {
            findings.append(
                .warning(
                    "database", "The database's log has grown to \(Bytes.words(log)).",
                    remedy: "Look for a hanging `certflow` or `sqlite3` process on this home and end it."))
        }
        if health.freeBytes > Self.muchSpace, health.freePages * 2 > health.pages {
            findings.append(
                .warning(
                    "database",
                    "\(Bytes.words(health.freeBytes)) of the database's \(Bytes.words(health.bytes)) are unused.",
                    remedy: "It is used again by itself; `certflow backup` writes a copy without it."))
        }
        guard findings.isEmpty else { return findings }
        return [
            .ok("database", "The database is whole: \(Bytes.words(health.bytes)), its log \(Bytes.words(log)).")
        ]
    }

    private func size(_ path: String) -> Int64 {
        var info = stat()
        return stat(path, &info) == 0 ? Int64(info.st_size) : 0
    }
}

/// Sizes in words.
enum Bytes {
    /// "820 KiB", "3.1 GiB"
    static func words(_ count: Int64) -> String {
        var value = Double(count)
        for unit in ["B", "KiB", "MiB", "GiB"] {
            if value < 1024 {
                return unit == "B" || value >= 100 ? "\(Int(value)) \(unit)" : String(format: "%.1f %@", value, unit)
            }
            value /= 1024
        }
        return String(format: "%.1f TiB", value)
    }
}
