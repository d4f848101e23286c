import Foundation
import Subprocess

/// The built `certflow`, as operators run it: on a home of its own.
public struct BuiltProgram: Sendable {
    /// How one command ended, and what it said.
    public struct Outcome: Sendable {
        public var status: Int
        public var output: String
        public var errors: String
    }

    /// The home that commands work on; need not exist yet.
    public let home: URL
    private let environment: [String: String]

    /// - Parameter environment: what is set besides PATH and HOME; nothing else is inherited.
    public init(home: URL, environment: [String: String] = [:]) {
        self.home = home
        let own = ["PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TZ": "UTC"]
        self.environment = own.merging(["CERTFLOW_HOME": home.path, "HOME": home.deletingLastPathComponent().path]) {
            $1
        }.merging(environment) { $1 }
    }

    /// Beside the running test program, as SwiftPM puts its products.
    public static func path() throws -> String {
        let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        let beside = program.deletingLastPathComponent().appending(path: "certflow").path
        guard FileManager.default.isExecutableFile(atPath: beside) else {
            throw PeerFailure("There is no built certflow at \(beside): `swift build` makes it.")
        }
        return beside
    }

    /// Runs one command to its end.
    public func run(_ arguments: [String], input: String = "") async throws -> Outcome {
        let outcome = try await Subprocess.run(
            .path(.init(try Self.path())), arguments: Arguments(arguments), environment: custom,
            workingDirectory: .init(home.deletingLastPathComponent().path), input: .string(input),
            output: .string(limit: 16 << 20), error: .string(limit: 1 << 20))
        let status: Int =
            switch outcome.terminationStatus {
            case .exited(let code): Int(code)
            case .signaled(let signal): 128 + Int(signal)
            }
        return Outcome(status: status, output: outcome.standardOutput, errors: outcome.standardError)
    }

    /// Runs one command that has to end with 0.
    /// - Returns: what it printed.
    /// - Throws: `PeerFailure` with all it said where it ended otherwise.
    @discardableResult
    public func succeed(_ arguments: String..., input: String = "") async throws -> String {
        let outcome = try await run(arguments, input: input)
        guard outcome.status == 0 else {
            throw PeerFailure(
                "`certflow \(arguments.joined(separator: " "))` ended with \(outcome.status):\n\(outcome.output)"
                    + outcome.errors)
        }
        return outcome.output
    }

    /// Runs a command that stays (`run --watch`) beside `body`; it gets SIGTERM afterwards.
    /// - Parameter log: a new file for all that it says.
    /// - Returns: what `body` returned, and how the command ended.
    public func staying<Result: Sendable>(
        _ arguments: [String], log: URL? = nil, isolation: isolated (any Actor)? = #isolation,
        _ body: (_ process: pid_t) async throws -> Result
    ) async throws -> (result: Result, ending: TerminationStatus) {
        let output = open(log?.path ?? "/dev/null", O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard output >= 0 else { throw PeerFailure("\(log?.path ?? "/dev/null") can't be written.") }
        let outcome = try await Subprocess.run(
            .path(.init(try Self.path())), arguments: Arguments(arguments), environment: custom,
            workingDirectory: .init(home.deletingLastPathComponent().path), input: .none,
            output: .fileDescriptor(.init(rawValue: output), closeAfterSpawningProcess: true),
            error: .combinedWithOutput
        ) { execution in
            do {
                let result = try await body(execution.processIdentifier.value)
                try? execution.send(signal: .terminate)
                return result
            } catch {
                try? execution.send(signal: .terminate)
                throw error
            }
        }
        return (outcome.closureResult, outcome.terminationStatus)
    }

    private var custom: Environment {
        .custom(
            Dictionary(uniqueKeysWithValues: environment.map { (Environment.Key(stringLiteral: $0.key), $0.value) }))
    }
}
