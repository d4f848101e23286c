import Foundation
import PluginKit
import TestPeers
import Testing

@testable import SFTPPublisher

@Suite("Commands on a target")
struct CommandTests {
    @Test("arguments arrive as they stand, whatever a shell would make of them")
    func quoting() async throws {
        try await Bench.with { bench in
            let words = [
                "plain", "", "two words", "it's", "$HOME", "`id`", "$(id)", "a;b", "*", "~", "\\", "\"", "a\nb", "-n",
                "é", "!", "#", "&", "|", "<x>", "{a,b}", "''", "A=b", "\t", "=ls",
                // A quote that is one character together with what follows.
                "'\u{301}; id; '", "'\u{FE0F} $(id) '\u{200D}",
            ]
            let result = try await bench.publisher.run(
                Command(["printf", "[%s]"] + words, timeout: .seconds(60)), for: bench.look(1))
            #expect(result == CommandResult(ending: .exited(0), output: words.map { "[\($0)]" }.joined()))
            let script = "\(bench.sshd.data.path)/a=b c"
            try "#!/bin/sh\necho $#\n".write(toFile: script, atomically: true, encoding: .utf8)
            chmod(script, 0o755)
            let first = try await bench.publisher.run(
                Command([script, "", "x y"], timeout: .seconds(60)), for: bench.look(1))
            #expect(first.output == "2\n")
        }
    }

    @Test("each quote is escaped, whatever combines with it, and nothing that a shell expands goes unquoted")
    func line() {
        for mark in ["\u{301}", "\u{FE0F}", "\u{200D}"] {
            let quoted = CommandLine.quoted(["echo", "a'\(mark);id;'b"])
            #expect(quoted?.utf8.elementsEqual("echo 'a'\\''\(mark);id;'\\''b'".utf8) == true)
        }
        #expect(CommandLine.quoted(["=ls", "=ls", "a=b", "plain"]) == "'=ls' '=ls' 'a=b' plain")
    }

    @Test("a command that is refused leaves nothing open there, however often that is")
    func refusedStarts() async throws {
        var settings = Sshd.Settings()
        settings.lines = ["MaxSessions 3"]
        settings.before = #"sed -i '/^Subsystem/d' "$1/sshd_config""#
        try await Bench.with(settings) { bench in
            var refusals: Set<String> = []
            for _ in 0..<8 { refusals.insert(await failure { try await bench.inspected() }?.message ?? "-") }
            // All alike: the last ones were not refused for want of room.
            #expect(refusals.count == 1, "\(refusals)")
            #expect(bench.pool.count == 1)
            let told = try await bench.publisher.run(Command(["true"], timeout: .seconds(60)), for: bench.look(1))
            #expect(told.succeeded)
        }
    }

    @Test("status, signal, both streams, a long output and a missing program are told as they are")
    func endings() async throws {
        try await Bench.with { bench in
            func run(_ script: String, _ timeout: Duration = .seconds(60)) async throws -> CommandResult {
                try await bench.publisher.run(Command(["sh", "-c", script], timeout: timeout), for: bench.look(1))
            }
            #expect(try await run("exit 3").ending == .exited(3))
            let killed = try await bench.publisher.run(
                Command(["exec", "sh", "-c", "kill -TERM $$"], timeout: .seconds(60)), for: bench.look(1))
            #expect(killed.ending == .signalled(SIGTERM), "\(killed)")
            let both = try await run("echo out; echo err >&2")
            #expect(both.output.contains("out\n"))
            #expect(both.output.contains("err\n"))
            let long = try await run("head -c 1000000 /dev/zero | tr '\\0' x")
            #expect(long.succeeded)
            #expect(long.output.utf8.count < 70_000)
            #expect(long.output.hasSuffix("[cut off after 65536 bytes]"))
            let missing = try await bench.publisher.run(
                Command(["/no/such/program"], timeout: .seconds(60)), for: bench.look(1))
            #expect(missing.ending == .exited(127))
        }
    }

    @Test("one that does not end in time is given up, and the next one gets a session of its own")
    func timeout() async throws {
        try await Bench.with { bench in
            let slow = try await bench.publisher.run(
                Command(["sh", "-c", "echo begun; exec sleep 600"], timeout: .seconds(2)), for: bench.look(1))
            #expect(slow.ending == .timedOut)
            #expect(bench.pool.count == 0)
            #expect(
                try await bench.publisher.run(Command(["true"], timeout: .seconds(60)), for: bench.look(1)).succeeded)
        }
    }

    @Test("a NUL byte or no argument at all is refused")
    func malformed() async throws {
        try await Bench.with { bench in
            for arguments in [[], ["echo", "a\0b"]] {
                let refusal = await failure {
                    try await bench.publisher.run(Command(arguments, timeout: .seconds(1)), for: bench.look(1))
                }
                #expect(refusal?.code == "sftp.bad-command")
            }
        }
    }
}
