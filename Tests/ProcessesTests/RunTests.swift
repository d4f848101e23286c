import Foundation
import PluginKit
import Processes
import TestPeers
import Testing

@Suite("A command runs", .timeLimit(.minutes(30)))
struct RunTests {
    private let processes = Processes()

    private func output(_ arguments: String..., environment: [String: String] = [:]) async throws -> String {
        try await processes.run(Command(arguments, timeout: Command.never), environment: environment).output
    }

    @Test("each argument arrives as it stands, whatever a shell would make of it")
    func arguments() async throws {
        let said = try await output("printf", "%s|", "a b", "$HOME", "`id`", "*; echo x", "", "ü")
        #expect(said == "a b|$HOME|`id`|*; echo x||ü|")
    }

    @Test("the environment is PATH, LANG and what was passed, and nothing of ours")
    func environment() async throws {
        let said = try await output(
            "env", environment: ["CERTFLOW_TARGET": "web-1 =x", "PATH": "/elsewhere", "LANG": "C"])
        #expect(
            said.split(separator: "\n").sorted() == [
                "CERTFLOW_TARGET=web-1 =x", "LANG=C.UTF-8", "PATH=\(Processes.searchPath)",
            ])
    }

    @Test("it starts in the root directory")
    func workingDirectory() async throws {
        #expect(try await output("pwd") == "/\n")
    }

    @Test("it has a session and a process group of its own, and no terminal")
    func session() async throws {
        let said = try await output("cat", "/proc/self/stat")
        let fields = said.split(separator: " ")
        try #require(fields.count > 6)
        #expect(fields[4] == fields[0] && fields[5] == fields[0] && fields[6] == "0")
    }

    @Test("it inherits no descriptor but the three standard ones")
    func descriptors() async throws {
        try await withTemporaryDirectory { directory in
            let leak = open(directory.path, O_RDONLY)  // without O_CLOEXEC
            defer { close(leak) }
            let said = try await output("find", "/proc/self/fd", "-printf", "%f %l\\n")
            #expect(!said.contains(directory.lastPathComponent))
            #expect(said.contains("\n0 /dev/null\n1 pipe:") && said.contains("\n2 pipe:"))
        }
    }

    @Test("its status is the result, and a failure no error", arguments: [0, 1, 127, 255])
    func status(code: Int32) async throws {
        let result = try await processes.run(.script("exit \(code)"))
        #expect(result.ending == .exited(code))
        #expect(result.succeeded == (code == 0))
    }

    @Test("a signal that ended it is the result")
    func signal() async throws {
        #expect(try await processes.run(.script("kill -SEGV $$")).ending == .signalled(SIGSEGV))
    }

    @Test("both streams come in the order in which they were written")
    func bothStreams() async throws {
        let result = try await processes.run(.script("for i in 1 2 3; do echo out $i; echo err $i >&2; done"))
        #expect(result.output == "out 1\nerr 1\nout 2\nerr 2\nout 3\nerr 3\n")
    }

    @Test("it reads what was passed as input, to its end")
    func input() async throws {
        let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let result = try await processes.run(
            Command(["sha256sum"], timeout: Command.never), input: Secret(bytes))
        let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try Data(bytes).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        #expect(try await output("sha256sum", file.path).prefix(64) == result.output.prefix(64))
    }

    @Test("without input it finds its standard input at the end")
    func noInput() async throws {
        #expect(try await output("cat") == "")
    }

    @Test("a program that never reads its input harms nobody, however long the input is")
    func unreadInput() async throws {
        let input = Secret([UInt8](repeating: 7, count: 4 << 20))
        #expect(try await processes.run(Command(["true"], timeout: Command.never), input: input).succeeded)
    }

    @Test("nothing is left of it: no zombie, no descriptor")
    func nothingLeft() async throws {
        let said = try await output("sh", "-c", "echo $$")
        let process = try #require(pid_t(said.dropLast()))
        #expect(!FileManager.default.fileExists(atPath: "/proc/\(process)"))
        // Other tests of this process open descriptors too: a leak shows as growth with the number of runs.
        func open() throws -> Int { try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count }
        let before = try open()
        for _ in 0..<300 { _ = try await output("true") }
        #expect(try open() - before < 250)
    }

    @Test("no-new-privileges and resource limits hold for the program itself")
    func limits() async throws {
        let limits = Limits(
            noNewPrivileges: true, memory: 512 << 20, processorTime: .seconds(7), openFiles: 33, fileSize: 4096)
        let result = try await processes.run(
            .script("grep NoNewPrivs /proc/self/status; ulimit -v; ulimit -t; ulimit -n; ulimit -f; echo $0 $PPID"),
            limits: limits)
        #expect(
            result.output == "NoNewPrivs:\t1\n\(512 << 10)\n7\n33\n8\nsh \(getpid())\n", "or a process stands between")
    }

    @Test("without limits none is set")
    func noLimits() async throws {
        #expect(try await processes.run(.script("grep NoNewPrivs /proc/self/status")).output == "NoNewPrivs:\t0\n")
    }
}
