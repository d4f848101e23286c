import Foundation
import PluginKit
import Processes
import TestPeers
import Testing

@Suite("Commands leave the threads that all tasks share alone", .timeLimit(.minutes(30)))
struct ConcurrencyTests {
    @Test("50 slow ones run at the same time, and other tasks beside them")
    func slowChildren() async throws {
        try await withTemporaryDirectory { directory in
            let gate = directory.appending(path: "gate").path
            try #require(mkfifo(gate, 0o600) == 0)
            let opened = open(gate, O_RDWR | O_CLOEXEC)
            defer { close(opened) }
            let script = "cd \(directory.path); exec 3<>gate; : > ready.$$; read -r line <&3"
            try await withThrowingTaskGroup(of: CommandResult.self) { children in
                for _ in 0..<50 { children.addTask { try await Processes().run(.script(script)) } }
                try await waitUntil {
                    try FileManager.default.contentsOfDirectory(atPath: directory.path).count == 51
                }
                // All 50 are under way now: a task that hops between threads, and another command, still finish.
                var hops = 0
                for _ in 0..<1_000 { hops += await Task.detached { 1 }.value }
                #expect(hops == 1_000)
                #expect(try await Processes().run(.script("echo beside")).output == "beside\n")
                let line = [UInt8](repeating: UInt8(ascii: "\n"), count: 50)
                #expect(write(opened, line, line.count) == line.count)
                for try await result in children { #expect(result.succeeded) }
            }
        }
    }

    @Test("neither do some that write without end")
    func chattyChildren() async throws {
        try await withThrowingTaskGroup(of: CommandResult.self) { children in
            let flood = "cat /dev/zero & cat /dev/zero & exec cat /dev/zero"
            for _ in 0..<4 { children.addTask { try await Processes().run(.script(flood, timeout: .seconds(2))) } }
            var hops = 0
            while hops < 200 { hops += await Task.detached { 1 }.value }
            #expect(try await Processes().run(.script("echo beside")).output == "beside\n")
            for try await result in children { #expect(result.ending == .timedOut) }
        }
    }

    @Test("1,000 short ones all tell their own end")
    func manyShort() async throws {
        try await withThrowingTaskGroup(of: (Int, CommandResult).self) { children in
            for number in 0..<1_000 {
                if number >= 16 { try check(await children.next()) }
                children.addTask {
                    (number, try await Processes().run(.script("echo \(number); exit \(number % 256)")))
                }
            }
            while let child = try await children.next() { check(child) }
        }
    }

    private func check(_ child: (Int, CommandResult)?) {
        guard let (number, result) = child else { return }
        #expect(result == CommandResult(ending: .exited(Int32(number % 256)), output: "\(number)\n"))
    }
}
