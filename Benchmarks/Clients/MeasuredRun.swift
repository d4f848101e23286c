import Foundation
import TestPeers

/// One run of a program, and what it cost with all programs that it started.
struct MeasuredRun {
    struct Failed: Error, CustomStringConvertible {
        var description: String
    }

    var wall: Duration
    var processor: Duration
    /// Resident memory of the largest of them at its peak, in bytes.
    var peak: Int

    static let none = MeasuredRun(wall: .zero, processor: .zero, peak: 0)

    static func + (left: MeasuredRun, right: MeasuredRun) -> MeasuredRun {
        MeasuredRun(
            wall: left.wall + right.wall, processor: left.processor + right.processor,
            peak: max(left.peak, right.peak))
    }

    private static let time = PeerProgram("time", package: "time")

    /// Runs it to its end; what it says is appended to `log`.
    ///
    /// Below `time`: the kernel counts the memory of whoever starts a program as the program's, and `time` is small.
    /// - Throws: `Failed` where it did not end with 0.
    static func run(
        _ program: String, _ arguments: [String], environment: [String: String], log: String
    ) throws -> MeasuredRun {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        let (time, report) = (try time.path(), "\(log).peak")
        let words = ([time, "--output", report, "--format", "%M", program] + arguments).map { strdup($0) }
        let variables = environment.map { strdup("\($0.key)=\($0.value)") }
        defer { for word in words + variables { free(word) } }
        let start = ContinuousClock.now
        var process = pid_t()
        let failure = posix_spawn(&process, time, &actions, nil, words + [nil], variables + [nil])
        guard failure == 0 else { throw Failed(description: "\(program): \(String(cString: strerror(failure)))") }
        var (status, usage) = (Int32(), rusage())
        while wait4(process, &status, 0, &usage) < 0 {
            guard errno == EINTR else { throw Failed(description: "\(program) can't be waited for") }
        }
        let wall = ContinuousClock.now - start
        guard status == 0 else {
            throw Failed(description: "\(([program] + arguments).joined(separator: " ")) failed, see \(log)")
        }
        let said = try String(contentsOfFile: report, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        guard let kilobytes = Int(said) else { throw Failed(description: "time said \(said)") }
        return MeasuredRun(
            wall: wall, processor: duration(usage.ru_utime) + duration(usage.ru_stime), peak: kilobytes * 1024)
    }

    private static func duration(_ time: timeval) -> Duration {
        .seconds(time.tv_sec) + .microseconds(time.tv_usec)
    }
}
