import Foundation
import PluginKit
import Processes
import TestPeers
import Testing

@Suite("A command ends", .timeLimit(.minutes(30)))
struct EndingTests {
    private static let soon = Duration.milliseconds(300)

    @Test("at its timeout, with what it said until then")
    func timeout() async throws {
        let result = try await Processes().run(.script("echo begun; exec sleep 300", timeout: Self.soon))
        #expect(result == CommandResult(ending: .timedOut, output: "begun\n"))
    }

    @Test("at once where it has no time at all")
    func noTime() async throws {
        #expect(try await Processes().run(.script("sleep 300", timeout: .seconds(-5))).ending == .timedOut)
    }

    @Test("a timeout without end is no overflow")
    func endlessTimeout() async throws {
        let command = Command(["true"], timeout: Duration(secondsComponent: .max, attosecondsComponent: 0))
        #expect(try await Processes().run(command).succeeded)
    }

    @Test("in order where it heeds SIGTERM")
    func heedsTerm() async throws {
        let script = "trap 'echo tidied; exit 3' TERM; echo begun; while :; do sleep 0.01; done"
        let result = try await Processes().run(.script(script, timeout: Self.soon))
        // The shell may also say that its `sleep` was terminated.
        #expect(result.ending == .timedOut)
        #expect(result.output.hasPrefix("begun\n") && result.output.hasSuffix("tidied\n"))
    }

    @Test("by SIGKILL after the grace where it ignores SIGTERM")
    func ignoresTerm() async throws {
        let script = "trap '' TERM; echo begun; while :; do sleep 0.01; done"
        let result = try await Processes(grace: Self.soon).run(.script(script, timeout: Self.soon))
        #expect(result == CommandResult(ending: .timedOut, output: "begun\n"))
    }

    @Test("with all that it started, also what ignores SIGTERM and outlives its parent")
    func wholeGroup() async throws {
        let script = "sh -c 'trap \"\" TERM; echo $$; while :; do sleep 0.01; done' & wait"
        let result = try await Processes(grace: Self.soon).run(.script(script, timeout: Self.soon))
        #expect(result.ending == .timedOut)
        let child = try #require(pid_t(result.output.dropLast()))
        try await waitUntil { !isRunning(child) }
    }

    @Test("and what it started has the grace to put things in order, though its parent is gone")
    func childrenHaveGrace() async throws {
        try await withTemporaryDirectory { directory in
            let child = "trap 'sleep 0.3; : > tidied; exit' TERM; : > begun; while :; do sleep 0.01; done"
            let script = "cd \(directory.path); sh -c \"\(child)\" >/dev/null 2>&1 & wait"
            let result = try await Processes(grace: .seconds(60)).run(.script(script, timeout: .seconds(1)))
            #expect(result.ending == .timedOut)
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted() == ["begun", "tidied"])
        }
    }

    @Test("when it exits, though a daemon that it left holds its output")
    func daemonHoldsOutput() async throws {
        let result = try await Processes().run(.script("setsid sleep 300 & echo $!"))
        let daemon = try #require(pid_t(result.output.dropLast()))
        defer { kill(daemon, SIGKILL) }
        #expect(result.ending == .exited(0))
        #expect(isRunning(daemon), "a regular end kills nothing")
    }

    @Test("when it exits, though a daemon that it left writes without end")
    func daemonFloodsOutput() async throws {
        // Several writers fill the pipe faster than it is read.
        let flood = "setsid sh -c 'echo $$ >&2; cat /dev/zero & cat /dev/zero & cat /dev/zero & wait' & sleep 0.2"
        let result = try await Processes().run(.script(flood))
        let daemon = try #require(result.output.matches(of: /\d+/).first.flatMap { pid_t($0.output) })
        defer { kill(-daemon, SIGKILL) }
        #expect(result.ending == .exited(0))
    }

    @Test("with its whole group when the calling task is cancelled", arguments: ["", "trap '' TERM; "])
    func cancellation(trap: String) async throws {
        try await withTemporaryDirectory { directory in
            let script = "\(trap)cd \(directory.path); sleep 300 & echo $$ $! > new; mv new begun; wait"
            let running = Task { try await Processes(grace: Self.soon).run(.script(script)) }
            let file = directory.appending(path: "begun")
            try await waitUntil { FileManager.default.fileExists(atPath: file.path) }
            running.cancel()
            await #expect(throws: CancellationError.self) { try await running.value }
            let group = try String(contentsOf: file, encoding: .utf8).split(whereSeparator: \.isWhitespace)
            #expect(group.count == 2)
            for process in group.compactMap({ pid_t($0) }) { #expect(!isRunning(process)) }
        }
    }

    @Test("before it begins where the calling task is cancelled already")
    func cancelledBefore() async throws {
        let running = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await Processes().run(.script("exit 0"))
        }
        await #expect(throws: CancellationError.self) { try await running.value }
    }
}
