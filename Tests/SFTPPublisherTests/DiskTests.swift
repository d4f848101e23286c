import FileContract
import Foundation
import PluginKit
import TestPeers
import Testing

@testable import SFTPPublisher

@Suite("Disks and directories that refuse")
struct DiskTests {
    private static func onTmpfs(_ options: String) -> Sshd.Settings {
        var settings = Sshd.Settings()
        settings.before = #"mount -t tmpfs -o mode=0777,"# + options + #" tmpfs "$1/data""#
        return settings
    }

    private func refusal(_ bench: Bench, _ number: Int = 1) async -> PluginFailure? {
        await failure { try await bench.publish(number) }
    }

    private func run(_ bench: Bench, _ arguments: [String], as user: String = Sshd.user) async throws {
        var bench = bench
        bench.values["user"] = .text(user)
        let result = try await bench.publisher.run(Command(arguments, timeout: .seconds(60)), for: bench.look(1))
        guard result.succeeded else { throw PeerFailure("\(arguments): \(result)") }
    }

    /// The names below the place, by way of the server: the test itself does not see its file systems.
    private func leftovers(_ bench: Bench) async throws -> [String] {
        let result = try await bench.publisher.run(
            Command(
                ["find", bench.directory, "-name", ".staging-*", "-o", "-name", ".certflow-*"], timeout: .seconds(60)),
            for: bench.look(1))
        return result.output.split(separator: "\n").map(String.init)
    }

    @Test(
        "a full disk is transient and told as such, the old set stays, and nothing is left",
        arguments: FileOptions.Layout.allCases)
    func full(layout: FileOptions.Layout) async throws {
        try await Bench.with(Self.onTmpfs("size=256k")) { bench in
            var bench = bench
            bench.layout = layout
            let place = bench
            try await bench.publish(1)
            try await run(bench, ["sh", "-c", "cat /dev/zero > '\(bench.sshd.data.path)/filler' || true"])
            let refusal = await failure { try await place.publish(2) }
            #expect(refusal?.kind == .transient)
            #expect(refusal?.code == "sftp.no-space", "\(refusal?.message ?? "-")")
            #expect(try await bench.inspected() == 1)
            #expect(try await leftovers(bench) == [])
            #expect(try await bench.publisher.check(bench.look(2)).hasProblem)
            try await run(bench, ["rm", "\(bench.sshd.data.path)/filler"])
            try await bench.publish(2)
            #expect(try await bench.inspected() == 2)
        }
    }

    @Test("a read-only file system is a matter of configuration, and the old set stays")
    func readOnly() async throws {
        try await Bench.with(Self.onTmpfs("size=1m")) { bench in
            try await bench.publish(1)
            try await run(bench, ["mount", "-o", "remount,ro", bench.sshd.data.path], as: "root")
            let refusal = await failure { try await bench.publish(2) }
            #expect(refusal?.kind == .configuration)
            #expect(refusal?.code == "sftp.read-only", "\(refusal?.message ?? "-")")
            #expect(try await bench.inspected() == 1)
            #expect(try await bench.publisher.check(bench.look(2)).hasProblem)
            try await run(bench, ["mount", "-o", "remount,rw", bench.sshd.data.path], as: "root")
            try await bench.publish(2)
            #expect(try await bench.inspected() == 2)
        }
    }

    @Test("a directory that the user may not write in is a matter of configuration, found by the dry run as well")
    func denied() async throws {
        try await Bench.with { bench in
            try await bench.publish(1)
            for name in ["", "/versions"] { chown(bench.directory + name, 0, 0) }
            let refusal = await failure { try await bench.publish(2) }
            #expect(refusal?.kind == .configuration)
            #expect(refusal?.code == "sftp.permission-denied")
            #expect(try await bench.inspected() == 1)
            let report = try await bench.publisher.check(bench.look(2))
            #expect(report.hasProblem)
            #expect(report.findings.allSatisfy { $0.weight != .problem || $0.remedy?.isEmpty == false })
        }
    }

    @Test("a missing place, a planted link and a file in the way are refused, and nothing behind them changes")
    func obstacles() async throws {
        try await Bench.with { bench in
            var bench = bench
            let data = bench.sshd.data.path
            bench.directory = "\(data)/missing/tls"
            #expect(await refusal(bench)?.code == "sftp.missing")
            try FileManager.default.createDirectory(atPath: "\(data)/elsewhere", withIntermediateDirectories: false)
            chown("\(data)/elsewhere", Sshd.number, Sshd.number)
            symlink("\(data)/elsewhere", "\(data)/link")
            bench.directory = "\(data)/link"
            #expect(await refusal(bench)?.code == "sftp.planted-link")
            bench.directory = "\(data)/tls"
            mkdir(bench.directory, 0o755)
            chown(bench.directory, Sshd.number, Sshd.number)
            symlink("\(data)/elsewhere", "\(bench.directory)/versions")
            #expect(await refusal(bench)?.code == "sftp.planted-link")
            #expect(try FileManager.default.contentsOfDirectory(atPath: "\(data)/elsewhere") == [])
            try Data().write(to: URL(filePath: "\(data)/file"))
            bench.directory = "\(data)/file"
            #expect(await refusal(bench)?.code == "sftp.not-a-directory")
        }
    }

    @Test("where the server refuses an owner or group nothing was written, and the mode was never widened")
    func refusedGroup() async throws {
        var settings = Sshd.Settings()
        settings.before = #"""
            printf '#!/bin/sh\nexec /usr/lib/openssh/sftp-server -e -l INFO 2>>%s/data/log\n' "$1" >"$1/sftp"
            chmod 0755 "$1/sftp"
            sed -i "s|^Subsystem .*|Subsystem sftp $1/sftp|" "$1/sshd_config"
            """#
        try await Bench.with(settings) { bench in
            var bench = bench
            bench.layout = .flat
            mkdir(bench.directory, 0o755)
            chown(bench.directory, Sshd.number, Sshd.number)
            bench.files = ["privkey.pem": ["group": "daemon", "mode": "0640"]]
            #expect(await refusal(bench)?.code == "sftp.permission-denied")
            #expect(try FileManager.default.contentsOfDirectory(atPath: bench.directory) == [".certflow"])
            await bench.pool.closeIdle()
            let log = { (try? String(contentsOfFile: "\(bench.sshd.data.path)/log", encoding: .utf8)) ?? "" }
            try await waitUntil { log().contains("session closed") }
            let lines = log().split(separator: "\n").filter { $0.contains("/tls/.certflow-") }
            #expect(lines.contains { $0.contains("owner \(Sshd.number) group 1") }, "\(log())")
            #expect(!lines.contains { $0.contains("mode 0640") }, "\(log())")
            let closed = lines.filter { $0.contains("close ") }
            #expect(!closed.isEmpty && closed.allSatisfy { $0.contains("written 0") }, "\(log())")
        }
    }

    @Test("owner, group and mode are as the profile says, by name and by number; a key is never wider than that")
    func attributes() async throws {
        try await Bench.with { bench in
            var bench = bench
            bench.values["user"] = .text("root")
            bench.directory = "\(bench.sshd.data.path)/tls"
            bench.files = [
                "privkey.pem": ["owner": Sshd.user, "group": "daemon", "mode": "0640"],
                "fullchain.pem": ["owner": "1", "mode": "0604"],
            ]
            try await bench.publish(1)
            func status(_ file: String) -> (UInt32, UInt32, UInt32) {
                var found = stat()
                stat(bench.path(file), &found)
                return (found.st_uid, found.st_gid, found.st_mode & 0o777)
            }
            #expect(status("privkey.pem") == (Sshd.number, 1, 0o640))
            #expect(status("fullchain.pem") == (1, 0, 0o604))
            #expect(status("bundle.pem") == (0, 0, 0o600))
            bench.files = ["privkey.pem": ["owner": "no-such-user"]]
            let refused = await refusal(bench, 2)
            #expect(refused?.code == "sftp.unknown-user")
            #expect(refused?.kind == .configuration)
            bench.values["user"] = .text(Sshd.user)
            bench.directory = "\(bench.sshd.data.path)/own"
            bench.files = ["privkey.pem": ["owner": "root"]]
            #expect(await refusal(bench)?.code == "sftp.permission-denied")
            #expect(try await bench.inspected() == nil)
        }
    }
}
