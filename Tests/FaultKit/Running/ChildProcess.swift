import Dispatch
import Foundation
import Synchronization

/// Starts one program in a process group of its own and waits for it.
///
/// Output goes to files, not pipes: a grandchild that outlives the program must not keep a reader waiting.
struct ChildProcess: Sendable {
    struct Result: Sendable {
        let ending: Ending
        let output: String
        let errors: String
    }

    let program: String
    let arguments: [String]
    let environment: [String: String]
    let workingDirectory: String?
    let input: String
    /// An existing directory for the streams' files.
    let scratch: String

    func run(timeout: Duration) async throws -> Result {
        guard FileManager.default.createFile(atPath: scratch + "/input", contents: Data(input.utf8)) else {
            throw FaultKitError.call("create", on: scratch + "/input", error: errno)
        }
        let process = try spawn()
        let ending = await wait(for: process, timeout: timeout)
        return Result(ending: ending, output: text("output"), errors: text("errors"))
    }

    private func text(_ name: String) -> String {
        String(decoding: FileManager.default.contents(atPath: scratch + "/" + name) ?? Data(), as: UTF8.self)
    }

    private func spawn() throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, scratch + "/input", O_RDONLY, 0)
        let create = O_WRONLY | O_CREAT | O_TRUNC | O_APPEND
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, scratch + "/output", create, 0o600)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, scratch + "/errors", create, 0o600)
        let closeFrom = try SpawnExtension.closeFrom.function(as: SpawnExtension.CloseFrom.self)
        _ = closeFrom(&actions, STDERR_FILENO + 1)
        if let workingDirectory {
            let change = try SpawnExtension.changeDirectory.function(as: SpawnExtension.ChangeDirectory.self)
            _ = change(&actions, workingDirectory)
        }

        var nothing = sigset_t()
        sigemptyset(&nothing)
        posix_spawnattr_setsigmask(&attributes, &nothing)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK))

        var process: pid_t = 0
        let argv = ([program] + arguments).map { strdup($0) } + [nil]
        let envp = environment.map { strdup("\($0)=\($1)") } + [nil]
        defer { for string in argv + envp { free(string) } }
        let error = posix_spawn(&process, program, &actions, &attributes, argv, envp)
        guard error == 0 else { throw FaultKitError.call("posix_spawn", on: program, error: error) }
        return process
    }

    /// Waits on a thread of its own: the cooperative pool must not block.
    private func wait(for process: pid_t, timeout: Duration) async -> Ending {
        let watch = Watch(process: process)
        let seconds = Double(timeout.components.seconds) + Double(timeout.components.attoseconds) / 1e18
        DispatchQueue.global().asyncAfter(deadline: .now() + seconds) { watch.expire() }
        return await withCheckedContinuation { continuation in
            let thread = Thread { continuation.resume(returning: watch.wait()) }
            thread.stackSize = 256 << 10
            thread.start()
        }
    }

    /// One process and its deadline: it is killed only while its number is certainly still its own.
    private final class Watch: Sendable {
        private enum State { case running, expired, ended }

        let process: pid_t
        private let state = Mutex(State.running)

        init(process: pid_t) { self.process = process }

        func expire() {
            state.withLock { state in
                guard state == .running else { return }
                state = .expired
                kill(-process, SIGKILL)
            }
        }

        func wait() -> Ending {
            var info = siginfo_t()
            // Leaves the zombie in place, so that the number cannot pass to another process before the state says so.
            while waitid(P_PID, id_t(process), &info, WEXITED | WNOWAIT) != 0 && errno == EINTR {}
            return state.withLock { state in
                let expired = state == .expired
                state = .ended
                // What it started and left behind is ours to end, while the group's number is still its own.
                kill(-process, SIGKILL)
                var status: Int32 = 0
                while waitpid(process, &status, 0) < 0 && errno == EINTR {}
                if expired { return .timedOut }
                let signal = status & 0x7f
                return signal == 0 ? .exited((status >> 8) & 0xff) : .killed(signal: signal)
            }
        }
    }
}
