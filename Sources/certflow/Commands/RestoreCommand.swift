import ArgumentParser
import Automation
import Foundation
import PluginKit
import Runner
import Storage

struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Make a home of a backup.",
        discussion: """
            Into a home that does not exist or is empty. First everything is verified: each file, the database, the master \
            key, the audit trail. Then the targets are looked at. Where one holds something newer than the backup knows, or \
            can't be looked at, the flow is paused until you have looked and run `certflow resume`, so that nothing is \
            issued twice. Make sure that the home the backup came from does not run any more.
            """)

    @OptionGroup var home: HomeOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The backup.")
    var file: String

    @Option(help: ArgumentHelp("The copy of the master key, for a backup without it.", valueName: "file"))
    var key: String?

    @Option(help: "Why, for the audit trail.")
    var reason = ""

    func run() async throws {
        let place = home.place
        try Self.requireFree(place)
        let staging = Home(path: "\(place.path).restoring-\(Randomness.hex(4))")
        do {
            try FileManager.default.createDirectory(
                atPath: staging.path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw NewFile.notWritten(staging.path, errno)
        }
        let report: RestoreReport
        do {
            let manifest = try BackupReader(archive: file).unpack(into: staging.path)
            try placeKey(manifest, staging)
            report = try await verified(staging, place, manifest)
            try NewFile.syncDirectory(of: staging.database)
            try Self.rename(staging.path, to: place.path)
        } catch {
            try? FileManager.default.removeItem(atPath: staging.path)
            throw error
        }
        switch output.output {
        case .json: try JSONOutput.print(report)
        case .table: report.print()
        }
    }

    /// - Throws: `DeskRefusal` unless nothing is there that a restored home would replace.
    private static func requireFree(_ place: Home) throws {
        var status = stat()
        guard lstat(place.path, &status) == 0 else { return }
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: place.path)) ?? ["unreadable"]
        guard !entries.isEmpty else { return }
        if FileManager.default.fileExists(atPath: place.lock), try HomeLock.take(place) == nil {
            let holder = HomeLock.holder(place).map { " (process \($0))" } ?? ""
            throw DeskRefusal(
                "restore.runner-lives", "\(place.path) has a runner\(holder): nothing is restored under it.",
                remedy: "Stop it, and move the home away: `mv \(place.path) \(place.path).old`.")
        }
        throw DeskRefusal(
            "restore.not-empty", "\(place.path) is not empty: nothing in it is overwritten.",
            remedy: "Move it away first: `mv \(place.path) \(place.path).old`, or restore elsewhere with --home.")
    }

    private func placeKey(_ manifest: BackupManifest, _ staging: Home) throws {
        let path = "\(staging.path)/\(MasterKey.fileName)"
        guard let key else {
            guard manifest.withKey || ProcessInfo.processInfo.environment["CREDENTIALS_DIRECTORY"] != nil else {
                throw DeskRefusal(
                    "restore.key-missing", "The backup \(file) was made without the master key.",
                    remedy: "Name the copy that was kept of it with --key FILE.")
            }
            return
        }
        guard !manifest.withKey else {
            throw DeskRefusal(
                "restore.key-twice", "The backup \(file) has its master key in it.", remedy: "Leave --key away.")
        }
        let descriptor = open(key, O_RDONLY | O_NOCTTY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw DeskRefusal(
                "restore.key-unreadable", "The master key \(key) can't be read: \(String(cString: strerror(errno))).",
                remedy: "Name the copy that was kept of it.")
        }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 33)
        defer { for index in bytes.indices { bytes[index] = 0 } }
        let count = bytes.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
        guard count == 32 else {
            throw DeskRefusal(
                "restore.key-malformed", "\(key) is no master key: it does not have 32 bytes.",
                remedy: "Name the copy that was kept of \(manifest.home)/\(MasterKey.fileName).")
        }
        var new = try NewFile(path)
        try bytes.withUnsafeBytes { try new.write(UnsafeRawBufferPointer(rebasing: $0[..<32])) }
        try new.place(replacing: false)
    }

    /// Opens what was unpacked, verifies it, looks at the targets, and prepares it to run.
    private func verified(_ staging: Home, _ place: Home, _ manifest: BackupManifest) async throws -> RestoreReport {
        let opened = try await OpenedHome.open(staging)
        let outside = Wiring.Outside()
        do {
            let report = try await verified(opened, Wiring.rehearsal(opened, outside), place, manifest)
            await outside.end(opened.registry)
            await opened.close()
            return report
        } catch {
            await outside.end(opened.registry)
            await opened.close()
            throw error
        }
    }

    private func verified(
        _ opened: OpenedHome, _ rehearsal: Rehearsal, _ place: Home, _ manifest: BackupManifest
    ) async throws -> RestoreReport {
        if let finding = try await opened.ledger.integrityFindings().first {
            throw DeskRefusal(
                "restore.damaged", "The database in \(file) is damaged: \(finding).", remedy: "Use another backup.")
        }
        let audit = try await opened.ledger.verifyAudit(key: opened.auditKey)
        if let finding = audit.findings.first {
            throw DeskRefusal(
                "restore.audit", "The audit trail in \(file) does not verify: \(finding.message)",
                remedy: "Somebody changed it, or the disk did: use another backup.")
        }
        var report = RestoreReport(
            home: place.path, madeAt: manifest.madeAt, events: audit.count,
            certificates: try await opened.ledger.counts().certificates)
        try await RestoreLook(opened, rehearsal).look(&report)
        report.freed = try await opened.desk(reason: reason).wakeRestored(
            (file, manifest.madeAt), doubtful: report.doubtful)
        return report
    }

    private static func rename(_ from: String, to path: String) throws {
        // Onto an empty directory it takes its place in one step; onto anything else it fails.
        guard Foundation.rename(from, path) == 0 else {
            let code = errno
            guard code == EBUSY else { throw NewFile.notWritten(path, code) }
            throw DeskRefusal(
                "restore.mount-point", "\(path) is a mount point: a home can't take its place in one step.",
                remedy: "Restore to a directory in it, and name that with --home.")
        }
        try NewFile.syncDirectory(of: path)
    }
}
