import FaultKit
import Foundation
import TestPeers
import Testing

/// What `run --watch` does when it is told to end in the middle of a step.
@Suite("Stopping", .timeLimit(.minutes(30)))
struct StoppingTests {
    @Test("SIGTERM finishes the running step, and ends with 0")
    func terminated() async throws {
        try await withSlowReload { stage, gate in
            let (_, ending) = try await stage.program().staying(["run", "--watch"]) { process in
                try await gate.reached()
                kill(process, SIGTERM)
                // It has taken the signal up, and is there still.
                try await until("the signal is taken up") { !Self.pends(SIGTERM, for: process) }
                #expect(kill(process, 0) == 0 && !gate.isThrough)
                try gate.open()
                try await until("it has ended") { kill(process, 0) != 0 || Self.isZombie(process) }
            }
            #expect(ending == .exited(0))
            #expect(gate.isThrough)
            let told = try await stage.program().succeed("run")
            #expect(told.contains("Nothing was due."), "the step that ran was finished and recorded: \(told)")
            try await LedgerCheck(stage).check(versions: 1)
        }
    }

    @Test("SIGKILL in the middle of a reload is survived: the next run reloads again and records it")
    func killed() async throws {
        try await withSlowReload { stage, gate in
            let (_, ending) = try await stage.program().staying(["run", "--watch"]) { process in
                try await gate.reached()
                kill(process, SIGKILL)
                try await until("it has ended") { Self.isZombie(process) || kill(process, 0) != 0 }
            }
            #expect(ending == .signaled(SIGKILL))
            try gate.open()
            let told = try await stage.program().succeed("run")
            #expect(told.contains("version 1 published"))
            try await LedgerCheck(stage).check(versions: 1)
        }
    }

    @Test("SIGTERM ends one that has nothing to do, with 0 and nothing left behind")
    func idle() async throws {
        try await withStage({ try await $0.makePublished(layouts: ["versioned"]) }) { stage in
            let before = try stage.listing()
            let (_, ending) = try await stage.program().staying(["run", "--watch"]) { process in
                try await until("it listens") { access("\(stage.home)/runner.sock", F_OK) == 0 }
                kill(process, SIGTERM)
                try await until("it has ended") { Self.isZombie(process) || kill(process, 0) != 0 }
            }
            #expect(ending == .exited(0))
            #expect(try stage.listing() == before)
        }
    }

    // MARK: Parts

    /// Files by which a reload command says that it runs, waits to be let go on, and says that it is through.
    private struct Gate: Sendable {
        let directory: String

        var command: String {
            "[/bin/sh, -c, \"touch \(directory)/reached; while [ ! -e \(directory)/open ]; do sleep 0.02; done; "
                + "touch \(directory)/through\"]"
        }
        var isThrough: Bool { access("\(directory)/through", F_OK) == 0 }

        func reached() async throws { try await until("the reload runs") { access("\(directory)/reached", F_OK) == 0 } }
        func open() throws { try Data().write(to: URL(filePath: "\(directory)/open")) }
    }

    private func withSlowReload(_ body: (Stage, Gate) async throws -> Void) async throws {
        try await withTemporaryDirectory { directory in
            let gate = Gate(directory: directory.path)
            try await withStage(
                {
                    try await $0.makeFlow(
                        layouts: ["versioned"], profile: "reload: {command: \(gate.command), timeout: 2m}")
                }, { try await body($0, gate) })
        }
    }

    private static func isZombie(_ process: pid_t) -> Bool { field("State", of: process)?.hasPrefix("Z") ?? true }

    private static func pends(_ signal: Int32, for process: pid_t) -> Bool {
        guard let mask = field("ShdPnd", of: process).flatMap({ UInt64($0, radix: 16) }) else { return false }
        return mask & (1 << UInt64(signal - 1)) != 0
    }

    /// From `/proc/PID/status` (proc(5)).
    private static func field(_ name: String, of process: pid_t) -> String? {
        let text = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
        return text?.split(separator: "\n").first { $0.hasPrefix("\(name):") }
            .map { $0.dropFirst(name.count + 1).trimmingCharacters(in: .whitespaces) }
    }
}
