import Foundation
import Testing

@testable import FaultKit

@Suite("The interposer")
struct InterposerTests {
    @Test("sees each call in each spelling once, with its path and what it did")
    func spellings() async throws {
        let program = try await CProgram("spellings")
        try await withScratch { directory in
            let run = FaultRun(
                program.path, [directory], prefixes: [directory],
                roles: [PathRole("here", directory), PathRole("temporary", "e-*"), PathRole("nameless", "#*")],
                keepsContents: true)
            let outcome = try await run.run()
            #expect(outcome.ending == .exited(0), "\(outcome.errors)")
            let counted = outcome.trace.calls.filter { $0.number != nil }
            #expect(counted.map(\.number) == Array(1...counted.count))
            let tally = Dictionary(grouping: outcome.trace.calls, by: \.name).mapValues(\.count)
            #expect(
                tally == [
                    .open: 9, .stdio: 1, .write: 10, .truncate: 2, .allocate: 2, .fsync: 1, .fdatasync: 1, .weakSync: 2,
                    .map: 1, .mkdir: 2, .rename: 4, .symlink: 2, .link: 3, .chmod: 3, .chown: 4, .xattr: 4, .unlink: 3,
                    .rmdir: 2,
                ] as [CallName: Int])
            #expect(outcome.trace.calls.filter { [.weakSync, .map].contains($0.name) }.allSatisfy { $0.number == nil })

            func calls(_ name: CallName) -> [TracedCall] { outcome.trace.calls.filter { $0.name == name } }
            let opens = calls(.open)
            #expect(opens.prefix(4).map(\.path) == ["a", "b", "c", "d"].map { directory + "/" + $0 })
            #expect(opens.prefix(4).map { $0.mode & 0o777 } == [0o604, 0o600, 0o600, 0o600])
            #expect(opens.map(\.created) == [true, true, true, true, true, true, false, false, false])
            #expect(opens.map(\.role)[4] == "temporary")
            #expect(opens[5].isNameless && opens[5].role == "nameless")
            #expect(calls(.link)[0].path == directory + "/named")
            #expect(calls(.link)[0].identity == opens[5].identity)
            let writes = calls(.write)
            #expect(
                writes.map { String(decoding: $0.data, as: UTF8.self) } == [
                    "nameless", "0123456789", "xy", "abcdefg", "abcdefg", "tail", "end", "tail", "tai", "!",
                ])
            #expect(writes.map(\.offset) == [0, 0, 4, 10, 100, 0, 4, 200, 17, 0])
            #expect(writes.last?.path == directory + "/a", "a write through a link is a write to what it leads to")
            #expect(calls(.rename).map(\.label).allSatisfy { $0 == "rename other>other" })
            #expect(calls(.symlink)[1].second == "dir/../a")
            #expect(calls(.fdatasync)[0].label == "fdatasync here" && calls(.fdatasync)[0].isDirectory)
        }
    }

    @Test("counts exactly, whatever the number of threads")
    func threads() async throws {
        let program = try await CProgram("threads")
        try await withScratch { directory in
            let outcome = try await FaultRun(program.path, [directory, "16", "50"], prefixes: [directory]).run()
            let calls = outcome.trace.calls
            #expect(outcome.ending == .exited(0))
            #expect(calls.count == 16 * 50 * 4)
            #expect(Set(calls.compactMap(\.number)) == Set(1...calls.count))
            #expect(Set(calls.flatMap { [$0.begin, $0.end] }).count == 2 * calls.count)
            #expect(Set(calls.map(\.thread)).count == 16)
        }
    }

    @Test("moves the wall clock of the program, and of nothing it starts")
    func clock() async throws {
        try await withScratch { directory in
            var run = FaultRun("/bin/sh", ["-c", "date +%s"], prefixes: [directory])
            run.clockOffset = .seconds(86400)
            let child = try #require(Double(try await run.run().output.trimmingCharacters(in: .whitespacesAndNewlines)))
            #expect(abs(child - Date().timeIntervalSince1970) < 1000)
            run.program = "/bin/date"
            run.arguments = ["+%s"]
            let moved = try #require(Double(try await run.run().output.trimmingCharacters(in: .whitespacesAndNewlines)))
            #expect(abs(moved - 86400 - Date().timeIntervalSince1970) < 1000)
        }
    }

    @Test("counts only below the prefixes")
    func prefixes() async throws {
        let program = try await CProgram("threads")
        try await withScratch { directory in
            let other = try ScratchDirectory()
            defer { other.remove() }
            let outcome = try await FaultRun(program.path, [directory, "2", "2"], prefixes: [other.path]).run()
            #expect(outcome.trace.calls.isEmpty)
        }
    }

    @Test("kills before a call without its effect, and after it with its effect", arguments: Fault.Kind.kills)
    func kills(kind: Fault.Kind) async throws {
        let program = try await CProgram("publish")
        for label in ["open temporary", "rename temporary>key", "mkdir out", "fsync temporary"] {
            try await withScratch { directory in
                var run = publication(program, directory)
                run.fault = Fault(kind, at: 1, label: label)
                let outcome = try await run.run()
                #expect(outcome.ending == .killed(signal: SIGKILL))
                #expect(outcome.harmed?.label == label)
                #expect(outcome.trace.calls.last?.harm == kind, "nothing follows the call")
                #expect(outcome.harmed?.succeeded == (kind == .killAfter))
                let there = Set(try FileManager.default.subpathsOfDirectory(atPath: directory))
                switch label {
                case "open temporary": #expect(there.contains("out/.key-0815") == (kind == .killAfter))
                case "rename temporary>key":
                    #expect(there.contains("out/key.pem") == (kind == .killAfter))
                    #expect(there.contains("out/.key-0815") == (kind == .killBefore))
                case "mkdir out": #expect(there.contains("out") == (kind == .killAfter))
                default: #expect(there.contains("out/.key-0815"))
                }
            }
        }
    }

    @Test("leaves children alone: not counted, not harmed, nothing in their environment")
    func children() async throws {
        let program = try await CProgram("children")
        try await withScratch { directory in
            var run = FaultRun(
                program.path, [directory], environment: ["PATH": "/usr/bin:/bin"], prefixes: [directory])
            let unharmed = try await run.run()
            #expect(unharmed.ending == .exited(0))
            #expect(unharmed.output.isEmpty, "the environment still says \(unharmed.output)")
            #expect(unharmed.trace.calls.map(\.name) == [.open, .write, .fsync])
            #expect(unharmed.trace.calls.allSatisfy { $0.path == directory + "/own" })

            run.fault = Fault(.inputOutput, at: 1, persists: true)
            let harmed = try await run.run()
            #expect(harmed.ending == .exited(3), "the parent's own open fails, and only that")
            #expect(try names(in: directory).isSuperset(of: ["forked", "cloned", "renamed"]))
        }
    }

    @Test("is at work before any constructor has run")
    func early() async throws {
        let program = try await CProgram("early")
        try await withScratch { directory in
            let outcome = try await FaultRun(program.path, [directory], prefixes: [directory]).run()
            #expect(
                outcome.trace.calls.map(\.path) == ["before", "before", "after", "after"].map { "\(directory)/\($0)" })
        }
    }

    @Test(
        "makes calls fail or fall short, once or from then on",
        arguments: [
            (Fault(.short, at: 2), "write 5 0, write 5 0, fsync 0, unlink 0"),
            (
                Fault(.short, at: 2, persists: true),
                "write 5 0, write 2 0, write 1 0, write 1 0, write 1 0, fsync 0, unlink 0"
            ),
            (Fault(.noSpace, at: 2), "write -1 28, write 10 0, fsync 0, unlink 0"),
            (Fault(.inputOutput, at: 3), "write 10 0, fsync -1, unlink 0"),
            (Fault(.inputOutput, at: 3, persists: true), "write 10 0, fsync -1, unlink -1"),
            (Fault(.noSpace, at: 3, persists: true), "write 10 0, fsync -1, unlink 0"),
            (Fault(.noSpace, at: 1, label: "open *"), "open 28"),
            (Fault(.inputOutput, at: 1, label: "unlink other"), "write 10 0, fsync 0, unlink -1"),
            (Fault(.short, at: 1, label: "*"), "write 5 0, write 5 0, fsync 0, unlink 0"),
            (Fault(.short, at: 3), "write 10 0, fsync 0, unlink 0"),
        ])
    func errors(fault: Fault, expected: String) async throws {
        let program = try await CProgram("stubborn")
        try await withScratch { directory in
            let outcome = try await FaultRun(program.path, [directory], prefixes: [directory], fault: fault).run()
            #expect(outcome.output.split(separator: "\n").joined(separator: ", ") == expected)
            #expect((outcome.harmed == nil) == (fault == Fault(.short, at: 3)), "a sync cannot fall short")
        }
    }

    @Test("counts sends where it is told to, traces them where it is told to, else ignores them")
    func sockets() async throws {
        let program = try await CProgram("publish")
        for (sockets, seen, counted) in [(FaultRun.Sockets.ignored, 0, 0), (.trace, 1, 0), (.count, 1, 1)] {
            try await withScratch { directory in
                var run = publication(program, directory)
                run.sockets = sockets
                let sends = try await run.run().trace.calls.filter { $0.name == .send }
                #expect(sends.count == seen)
                #expect(sends.filter { $0.number != nil }.count == counted)
                #expect(sends.allSatisfy { $0.role == "network" })
            }
        }
    }

    @Test("says what a program printed, and when")
    func output() async throws {
        let program = try await CProgram("publish")
        try await withScratch { directory in
            let outcome = try await publication(program, directory).run()
            let said = try #require(outcome.trace.calls.last)
            #expect(said.name == .output && said.number == nil)
            #expect(said.data == Array("published\n".utf8))
            #expect(outcome.output == "published\n")
        }
    }

    @Test("refuses what it cannot do")
    func refusals() async throws {
        let program = try await CProgram("publish")
        try await withScratch { directory in
            var run = publication(program, directory)
            run.roles = (0..<200).map { PathRole("role-\($0)", "*") }
            await #expect(throws: FaultKitError.self) { try await run.run() }
            run = publication(program, directory)
            run.fault = Fault(.killBefore, at: 0)
            await #expect(throws: FaultKitError.self) { try await run.run() }
            run.program = "/nonexistent"
            await #expect(throws: FaultKitError.self) { try await run.run() }
        }
    }

    @Test("ends a program that does not end")
    func timeout() async throws {
        try await withScratch { directory in
            let run = FaultRun("/bin/sleep", ["1000"], prefixes: [directory], timeout: .milliseconds(50))
            let outcome = try await run.run()
            #expect(outcome.ending == .timedOut)
        }
    }

    @Test("costs little per call")
    func overhead() async throws {
        let program = try await CProgram("many")
        try await withScratch { directory in
            let scratch = try ScratchDirectory()
            defer { scratch.remove() }
            let bare = ChildProcess(
                program: program.path, arguments: [directory, "20000"], environment: [:], workingDirectory: nil,
                input: "", scratch: scratch.path)
            let alone = try #require(Int(try await bare.run(timeout: .seconds(60)).output.dropLast()))
            let run = FaultRun(program.path, [directory, "20000"], prefixes: [directory], keepsContents: true)
            let outcome = try await run.run()
            let traced = try #require(Int(outcome.output.dropLast()))
            #expect(traced - alone < 100_000, "nanoseconds per call")
        }
    }
}

/// The correct publication of `publish.c`, or one with a defect.
func publication(_ program: CProgram, _ directory: String, defect: String? = nil) -> FaultRun {
    FaultRun(
        program.path, [directory] + (defect.map { [$0] } ?? []), prefixes: [directory],
        roles: [
            PathRole("temporary", "out/.key-*"), PathRole("key", "out/key.pem"), PathRole("out", "out"),
            PathRole("journal", "journal"), PathRole("home", directory), PathRole("network", "socket:**"),
        ],
        sockets: .trace, keepsContents: true)
}
