import Foundation
import Subprocess

/// A program that tests talk to or work with.
public struct PeerProgram: Sendable {
    private static let systemDirectories = [
        "/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin",
    ]
    private static let startUp = Duration.seconds(60)
    private static let pause = Duration.milliseconds(5)

    private let name: String
    private let directories: [String]
    private let installation: String

    /// - Parameter package: the Debian package that has it.
    public init(_ name: String, package: String) {
        self.name = name
        directories = Self.systemDirectories
        installation = "RUNLEVEL=1 apt-get install -y --no-install-recommends \(package)"
    }

    /// One that is not of the system.
    /// - Parameter installation: the command that puts it there.
    public init(_ name: String, in directory: URL, installation: String) {
        self.name = name
        directories = [directory.path]
        self.installation = installation
    }

    /// - Throws: `PeerFailure` that says how to install it.
    public func path() throws -> String {
        for directory in directories where access("\(directory)/\(name)", X_OK) == 0 {
            return "\(directory)/\(name)"
        }
        throw PeerFailure("`\(name)` is missing: `\(installation)` installs it.")
    }

    /// Runs it to its end.
    /// - Parameters:
    ///   - environment: what is set besides what this process has.
    ///   - input: a file that it reads, where it reads anything. Not a pipe: writing into one that it left would end
    ///     the test run.
    /// - Returns: both of its output streams.
    /// - Throws: `PeerFailure` with the output where it did not succeed.
    @discardableResult
    public func run(
        _ arguments: [String], in directory: URL, environment: [String: String] = [:], input: URL? = nil
    ) async throws -> String {
        let source = input?.path ?? "/dev/null"
        let descriptor = open(source, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw PeerFailure("\(source): \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        let outcome = try await Subprocess.run(
            .path(.init(try path())), arguments: Arguments(arguments), environment: Self.inherited(and: environment),
            workingDirectory: .init(directory.path),
            input: .fileDescriptor(.init(rawValue: descriptor), closeAfterSpawningProcess: false),
            output: .string(limit: 1 << 20), error: .combinedWithOutput)
        guard outcome.terminationStatus.isSuccess else {
            throw PeerFailure("`\(name) \(arguments.joined(separator: " "))` failed: \(outcome.standardOutput)")
        }
        return outcome.standardOutput
    }

    /// Runs it as a server beside `body`, and ends it with all that it started, also where `body` fails.
    ///
    /// It must stay in the foreground. What it says is in `directory` under its name with ".log".
    /// - Parameters:
    ///   - environment: what is set besides what this process has.
    ///   - isReady: asked again and again until it says yes.
    public func serve<Result: Sendable>(
        _ arguments: [String], in directory: URL, environment: [String: String] = [:],
        until isReady: @Sendable () -> Bool, isolation: isolated (any Actor)? = #isolation,
        _ body: () async throws -> Result
    ) async throws -> Result {
        let path = try path()
        let log = directory.appending(path: "\(name)-\(UUID().uuidString).log")
        let descriptor = open(log.path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw PeerFailure("\(log.path): \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        var options = PlatformOptions()
        options.createSession = true
        options.teardownSequence = [
            .send(signal: .terminate, toProcessGroup: true, allowedDurationToNextStep: .seconds(2))
        ]
        let outcome = try await Subprocess.run(
            // A test run that is killed takes its peers with it.
            .path("/usr/bin/setpriv"), arguments: Arguments(["--pdeathsig", "KILL", "--", path] + arguments),
            environment: Self.inherited(and: environment), workingDirectory: .init(directory.path),
            platformOptions: options, input: .none,
            output: .fileDescriptor(.init(rawValue: descriptor), closeAfterSpawningProcess: false),
            error: .fileDescriptor(.init(rawValue: descriptor), closeAfterSpawningProcess: false)
        ) { execution in
            try await waitUntilReady(execution.processIdentifier.value, log: log, isReady)
            let result = try await body()
            await execution.teardown(using: options.teardownSequence)
            return result
        }
        return outcome.closureResult
    }

    private func waitUntilReady(
        _ process: pid_t, log: URL, _ isReady: @Sendable () -> Bool,
        isolation: isolated (any Actor)? = #isolation
    ) async throws {
        let end = ContinuousClock.now + Self.startUp
        while !isReady() {
            let said = (try? String(contentsOf: log, encoding: .utf8)) ?? ""
            guard !hasEnded(process) else {
                throw PeerFailure("`\(name)` ended before it was ready: \(said)", endedEarly: true)
            }
            guard ContinuousClock.now < end else {
                throw PeerFailure("`\(name)` was not ready within \(Self.startUp): \(said)")
            }
            try await Task.sleep(for: Self.pause)
        }
    }

    private static func inherited(and own: [String: String]) -> Environment {
        .inherit.updating(
            Dictionary(uniqueKeysWithValues: own.map { (Environment.Key(stringLiteral: $0.key), $0.value) }))
    }

    /// A child that is not reaped yet is a zombie: "7 (nginx) Z 1 ..." (proc(5)).
    private func hasEnded(_ process: pid_t) -> Bool {
        let status = (try? Data(contentsOf: URL(filePath: "/proc/\(process)/stat"))) ?? Data()
        guard let name = status.lastIndex(of: UInt8(ascii: ")")) else { return true }
        return status[name...].dropFirst(2).first == UInt8(ascii: "Z")
    }
}
