import Foundation

/// A program to run under the interposer: what it is, which paths count, what they are called, what goes wrong.
public struct FaultRun: Sendable {
    /// What becomes of sends. Connects are recorded wherever sends are.
    public enum Sockets: String, Sendable {
        case ignored, trace, count
    }

    /// The program's path.
    public var program: String
    public var arguments: [String]
    /// The whole environment; nothing is inherited. The interposer's variables are added, and hidden from children.
    public var environment: [String: String]
    public var workingDirectory: String?
    /// What the program reads on standard input.
    public var input: String
    /// Directories whose files count, with all below. They must exist: links in them are resolved before the run.
    public var prefixes: [String]
    public var roles: [PathRole]
    public var sockets: Sockets
    /// Keep the bytes written, for power-loss images and for commits told apart by what they say.
    public var keepsContents: Bool
    public var timeout: Duration
    /// How far the program's wall clock is moved, in whole seconds: what falls due later is run now.
    public var clockOffset: Duration = .zero
    public var fault: Fault?

    public init(
        _ program: String, _ arguments: [String] = [], environment: [String: String] = [:],
        workingDirectory: String? = nil, input: String = "", prefixes: [String], roles: [PathRole] = [],
        sockets: Sockets = .ignored, keepsContents: Bool = false, timeout: Duration = .seconds(60), fault: Fault? = nil
    ) {
        self.program = program
        self.arguments = arguments
        self.environment = environment
        self.workingDirectory = workingDirectory
        self.input = input
        self.prefixes = prefixes
        self.roles = roles
        self.sockets = sockets
        self.keepsContents = keepsContents
        self.timeout = timeout
        self.fault = fault
    }

    /// Runs the program to its end.
    ///
    /// - Throws: ``FaultKitError`` where it could not be started or left no trace; never for how it ended.
    public func run() async throws -> FaultOutcome {
        let scratch = try ScratchDirectory()
        defer { scratch.remove() }
        let log = scratch.path + "/trace"
        let child = ChildProcess(
            program: program, arguments: arguments, environment: try environment(loggingTo: log),
            workingDirectory: workingDirectory, input: input, scratch: scratch.path)
        let result = try await child.run(timeout: timeout)
        let prefix = "faults: "
        if result.ending == .exited(125), result.errors.hasPrefix(prefix) {
            throw FaultKitError.misconfigured(program, String(result.errors.dropFirst(prefix.count)))
        }
        let ended = if case .exited = result.ending { true } else { false }
        let trace = try TraceReader(bytes: Self.contents(log)).trace(isComplete: ended)
        guard trace.wasStarted else { throw FaultKitError.notInterposed(program) }
        return FaultOutcome(ending: result.ending, output: result.output, errors: result.errors, trace: trace)
    }

    /// The interposer, for programs that are started by other means.
    public static func library() throws -> String { try FaultLibrary.path() }

    private static func contents(_ path: String) -> [UInt8] {
        FileManager.default.contents(atPath: path).map { [UInt8]($0) } ?? []
    }

    /// The variables that ``Tests/Faults/include/faults.h`` describes.
    private func environment(loggingTo log: String) throws -> [String: String] {
        var all = environment
        all["LD_PRELOAD"] = try FaultLibrary.path()
        all["FAULT_LOG"] = log
        all["FAULT_FROM"] = try prefixes.map(canonicalPath).joined(separator: ":")
        all["FAULT_ROLES"] = roles.map { "\($0.name)\t\($0.pattern)\n" }.joined()
        all["FAULT_CONTENTS"] = keepsContents ? "1" : "0"
        all["FAULT_SOCKETS"] = sockets == .ignored ? "" : sockets.rawValue
        if clockOffset != .zero { all["FAULT_CLOCK"] = String(clockOffset.components.seconds) }
        if let fault {
            all["FAULT_KIND"] = fault.kind.rawValue
            all["FAULT_AT"] = String(fault.at)
            all["FAULT_ONLY"] = fault.label ?? ""
            all["FAULT_PERSIST"] = fault.persists ? "1" : "0"
        }
        return all
    }
}
