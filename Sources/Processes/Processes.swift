import Foundation
import PluginKit
import Subprocess

/// Runs programs under control: no shell, a clean environment, a deadline, capped and redacted output.
///
/// A program is found in `searchPath` or named by its absolute path. It starts in `/`, in a session and process group
/// of its own, without terminal, with no descriptor but the three standard ones, and with nothing in its environment
/// but PATH, LANG and what the caller passes. Callers pass `CERTFLOW_` variables: the profile reference lists them.
///
/// When the deadline passes or the calling task is cancelled, the whole process group gets SIGTERM, and after a grace
/// SIGKILL. After a regular end, what the program left running is its own business: reading stops, and nothing is
/// killed. A process that moved to another session is out of reach either way.
public struct Processes: Sendable {
    /// Where programs are looked for, and the PATH that they get.
    public static let searchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    private let grace: Duration
    private let outputLimit: Int

    /// - Parameters:
    ///   - grace: the time between SIGTERM and SIGKILL.
    ///   - outputLimit: the most that is kept of a program's output, in bytes of UTF-8.
    public init(grace: Duration = .seconds(5), outputLimit: Int = 65_536) {
        self.grace = grace
        self.outputLimit = outputLimit
    }

    /// Runs `command` to its end.
    ///
    /// - Parameters:
    ///   - environment: added to PATH and LANG, which it can't replace. Never a secret: other processes may read it.
    ///   - input: what the program reads on its standard input; nothing where nil.
    ///   - secrets: replaced by "(secret)" wherever they stand in the output.
    /// - Returns: how it ended; a status other than 0 and a missed deadline are results, no errors.
    /// - Throws: `PluginFailure` where the program could not be started (`configuration` for what a person must mend,
    ///   `transient` where the machine ran short) or its end could not be seen (`unknownOutcome`);
    ///   `CancellationError` where the calling task was cancelled, after the process group has ended.
    public func run(
        _ command: Command, environment: [String: String] = [:], input: Secret? = nil,
        redacting secrets: [Secret] = [], limits: Limits = Limits()
    ) async throws -> CommandResult {
        try Task.checkCancellation()
        let launch = try await Launch(command, environment: environment, limits: limits)
        let descriptor = try StandardInput.open(input, for: launch.program)
        defer { close(descriptor) }
        try StandardInput.checkRoom(beside: descriptor, for: launch.program)

        let redaction = Redaction(secrets)
        let supervision = Supervision(timeout: command.timeout, grace: grace)
        let excerpt = Excerpt(limit: outputLimit, overlap: redaction.reach)
        do {
            let outcome = try await Subprocess.run(
                launch.configuration(cancellation: supervision.cancellation),
                input: .fileDescriptor(.init(rawValue: descriptor), closeAfterSpawningProcess: false),
                output: .sequence, error: .combinedWithOutput
            ) { execution in
                await supervision.attend(execution, into: excerpt)
            }
            if outcome.closureResult.cause == .cancelled { throw CancellationError() }
            return CommandResult(
                ending: outcome.closureResult.cause == .timedOut ? .timedOut : .init(outcome.terminationStatus),
                output: outcome.closureResult.excerpt.text(redaction))
        } catch let error as SubprocessError {
            throw PluginFailure(error, starting: launch.program)
        }
    }
}

extension CommandResult.Ending {
    fileprivate init(_ status: TerminationStatus) {
        switch status {
        case .exited(let code): self = .exited(code)
        case .signaled(let signal): self = .signalled(signal)
        }
    }
}
