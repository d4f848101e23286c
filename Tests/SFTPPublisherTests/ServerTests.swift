import FileContract
import Foundation
import PluginKit
import TestPeers
import Testing

@testable import SFTPPublisher

@Suite("Servers that do less")
struct ServerTests {
    /// Only the SFTP server, below a directory that is the user's whole world.
    private static var chroot: Sshd.Settings {
        var settings = Sshd.Settings()
        settings.lines = ["ForceCommand internal-sftp", "ChrootDirectory %h/.."]
        // The directory above must be root's alone, which a temporary one is not.
        settings.before = """
            mkdir -p /run/jail && mount --bind "$1" /run/jail && chmod 0755 /run/jail
            sed -i 's|^ChrootDirectory .*|ChrootDirectory /run/jail|' "$1/sshd_config"
            """
        return settings
    }

    @Test(
        "a server that locks its users into the SFTP subsystem is published to, atomically",
        arguments: FileOptions.Layout.allCases)
    func jail(layout: FileOptions.Layout) async throws {
        try await Bench.with(Self.chroot) { bench in
            var bench = bench
            bench.directory = "/data/tls"
            bench.layout = layout
            for number in 1...2 { #expect(try await bench.publish(number).effect == .changed) }
            #expect(try await bench.inspected() == 2)
            let report = try await bench.publisher.check(bench.look(3))
            #expect(!report.hasProblem, "\(report.findings)")
        }
    }

    @Test(
        "a command on such a server is refused, and never taken for one that ran",
        arguments: ["internal-sftp", "/usr/lib/openssh/sftp-server"])
    func noCommands(forced: String) async throws {
        var settings = Sshd.Settings()
        settings.lines = ["ForceCommand \(forced)"]
        try await Bench.with(settings) { bench in
            let refusal = await failure {
                try await bench.publisher.run(Command(["nginx", "-t"], timeout: .seconds(60)), for: bench.look(1))
            }
            #expect(refusal?.kind == .configuration)
            #expect(refusal?.code == "sftp.no-commands")
            try await bench.publish(1)
        }
    }

    @Test("without posix-rename files are moved by a command, in one step", arguments: FileOptions.Layout.allCases)
    func moved(layout: FileOptions.Layout) async throws {
        var settings = Sshd.Settings()
        settings.subsystem = "internal-sftp -P posix-rename"
        try await Bench.with(settings) { bench in
            var bench = bench
            bench.layout = layout
            for number in 1...3 { #expect(try await bench.publish(number).atomic == (layout == .versioned)) }
            #expect(try await bench.inspected() == 3)
            let report = try await bench.publisher.check(bench.look(3))
            #expect(report.findings.contains { $0.message.contains("mv -fT") })
        }
    }

    @Test("where neither works publishing is refused before anything is written, unless `atomic: false`, which is told")
    func notAtomic() async throws {
        var settings = Self.chroot
        settings.lines[0] = "ForceCommand internal-sftp -P posix-rename"
        try await Bench.with(settings) { bench in
            var bench = bench
            bench.directory = "/data/tls"
            let refusal = await failure { try await bench.publish(1) }
            #expect(refusal?.code == "sftp.not-atomic")
            #expect(refusal?.kind == .configuration)
            #expect(try await bench.inspected() == nil)
            #expect(try FileManager.default.contentsOfDirectory(atPath: bench.sshd.data.path) == [])
            #expect(try await bench.publisher.check(bench.look(1)).hasProblem)

            bench.values["atomic"] = .flag(false)
            _ = try await bench.publish(1)
            let second = try await bench.publish(2)
            #expect(second.effect == .changed)
            #expect(!second.atomic)
            #expect(try await bench.inspected() == 2)
            let report = try await bench.publisher.check(bench.look(3))
            #expect(!report.hasProblem)
            #expect(report.findings.contains { $0.weight == .warning && $0.message.contains("atomic: false") })
        }
    }

    @Test("a server without the SFTP subsystem is told of")
    func noSubsystem() async throws {
        var settings = Sshd.Settings()
        settings.subsystem = "/bin/false"
        try await Bench.with(settings) { bench in
            let refusal = await failure { try await bench.publish(1) }
            #expect(refusal?.kind == .transient)
            #expect(refusal?.message.contains("ended the SFTP subsystem") == true, "\(refusal?.message ?? "-")")
        }
    }
}
