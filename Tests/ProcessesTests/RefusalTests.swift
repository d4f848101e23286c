import Foundation
import PluginKit
import Processes
import TestPeers
import Testing

@Suite("What can't be run is refused in words", .timeLimit(.minutes(30)))
struct RefusalTests {
    private func failure(_ arguments: [String], environment: [String: String] = [:]) async throws -> PluginFailure {
        try await #require(throws: PluginFailure.self) {
            try await Processes().run(Command(arguments, timeout: Command.never), environment: environment)
        }
    }

    @Test(
        "names the program, and is for a person to mend",
        arguments: [
            (["no-such-program"], "command.not-found"), (["/no/such/program"], "command.not-found"),
            (["/etc/passwd/x"], "command.not-found"), (["/etc/passwd"], "command.not-executable"),
            (["/usr/bin"], "command.not-executable"), (["./script"], "command.relative"),
            (["bin/true"], "command.relative"), ([], "command.empty"), ([""], "command.empty"),
            (["true", "a\0b"], "command.nul-byte"), (["tr\0ue"], "command.nul-byte"),
            (["true", String(repeating: "x", count: 1 << 21)], "command.too-long"),
        ])
    func refused(arguments: [String], code: String) async throws {
        let failure = try await failure(arguments)
        #expect(failure.kind == .configuration)
        #expect(failure.code == code)
        if let program = arguments.first, !program.isEmpty {
            #expect(failure.message.contains(program.replacing("\0", with: "")))
        }
        #expect(!failure.remedy.isEmpty && !failure.message.contains("\0"))
    }

    @Test(
        "a script that can't be started is refused, not handed to a shell",
        arguments: ["echo no interpreter", "#!/no/such/interpreter\n"])
    func scripts(text: String) async throws {
        try await withTemporaryDirectory { directory in
            let script = directory.appending(path: "reload")
            try text.write(to: script, atomically: false, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: script.path)
            let failure = try await failure([script.path])
            #expect(failure.kind == .configuration && failure.code == "command.not-startable")
            #expect(failure.message.contains(script.path))
        }
    }

    @Test("a variable that no program could read is refused", arguments: ["", "1A", "A=B", "A-B", "a", "A\0"])
    func variables(name: String) async throws {
        #expect(try await failure(["true"], environment: [name: "x"]).code == "command.bad-variable")
        #expect(try await failure(["true"], environment: ["A": "x\0y"]).code == "command.bad-variable")
    }

    @Test("where the process has no descriptors left, commands fail for now, and the process lives on")
    func descriptorsExhausted() async throws {
        // In a process of its own: the limit would hit all other tests.
        await #expect(processExitsWith: .success) {
            let processes = Processes()
            let command = Command(["true"], timeout: .seconds(60))
            _ = try await processes.run(command)  // opens what the library keeps open
            let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
            var limit = rlimit(rlim_cur: rlim_t(open + 50), rlim_max: rlim_t(open + 50))
            try #require(setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
            let outcomes = await withTaskGroup(of: String.self) { group in
                for _ in 0..<200 {
                    group.addTask {
                        do {
                            return try await processes.run(command).succeeded ? "done" : "failed"
                        } catch {
                            return (error as? PluginFailure).map { "\($0.kind) \($0.code)" } ?? "\(error)"
                        }
                    }
                }
                return await group.reduce(into: Set<String>()) { $0.insert($1) }
            }
            try #require(outcomes.isSubset(of: ["done", "transient command.shortage"]), "\(outcomes)")
            try #require(outcomes.contains("transient command.shortage"))
            try #require(try await processes.run(command).succeeded)
        }
    }
}
