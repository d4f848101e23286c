import CSSH2
import Foundation
import PluginKit

/// Runs one command line in a channel of its own (RFC 4254, section 6.5).
enum RemoteRun {
    /// Of both streams together, in bytes.
    private static let outputLimit = 65_536

    /// How long a program's input stays open for an SFTP server's answer.
    private static let patience = Duration.seconds(10)

    /// What OpenSSH says for one whose internal-sftp is forced on the user, and ends with status 1.
    private static let refusal = "This service allows sftp connections only.\n"

    /// - Parameters:
    ///   - line: for the user's shell there; see `CommandLine`.
    ///   - timeout: how long the command may take from when it was started.
    ///   - startEnd: when it must have been started.
    ///   - asking: whether the command's input begins with the greeting of an SFTP client. A server that runs its SFTP
    ///     subsystem whatever it was asked for (ForceCommand internal-sftp) would end with status 0, and a test that
    ///     never ran would pass; so it gives itself away. Other programs get nothing else to read.
    /// - Throws: `SSHProblem` (`refused` where no command may be run), `CancellationError`. A command past its deadline
    ///   is no failure, but the session is of no use any more then.
    static func run(
        _ line: String, on link: SSHLink, asking: Bool, timeout: Duration,
        startingUntil startEnd: ContinuousClock.Instant
    ) throws -> CommandResult {
        let channel = try SSHChannel.open(on: link, until: startEnd)
        try channel.start("exec", line, until: startEnd)
        let deadline = ContinuousClock.now + timeout
        if asking { try SFTPClient.greeting.withUnsafeBytes { try channel.write($0, until: deadline) } }
        // An SFTP server that reads the end of its input does not answer the greeting any more; so the end follows on
        // the first word, or when a program that is none may be waiting for it.
        let end = asking ? min(deadline, .now + patience) : .now
        var isInputOpen = true
        var output: [UInt8] = []
        var isCut = false
        do {
            var buffer = [UInt8](repeating: 0, count: 16_384)
            while true {
                var isIdle = true
                for stream: Int32 in [0, 1] {
                    guard let count = try buffer.withUnsafeMutableBytes({ try channel.read(into: $0, stream: stream) }),
                        count > 0
                    else { continue }
                    isIdle = false
                    let room = outputLimit - output.count
                    isCut = isCut || count > room
                    output.append(contentsOf: buffer[..<min(count, max(room, 0))])
                }
                if channel.isAtEnd { break }
                if isInputOpen, !output.isEmpty || .now >= end {
                    try channel.sendEnd(until: deadline)
                    isInputOpen = false
                }
                guard isIdle else { continue }
                do {
                    try link.wait(until: isInputOpen ? end : deadline)
                } catch let problem as SSHProblem where problem.kind == .timedOut && isInputOpen && end < deadline {}
            }
            try channel.close(until: deadline)
        } catch let problem as SSHProblem where problem.kind == .timedOut {
            return CommandResult(ending: .timedOut, output: text(output, isCut))
        }
        if asking, SFTPClient.isGreeting(output) || output.elementsEqual(refusal.utf8) {
            try channel.free(until: deadline)
            throw SSHProblem(.refused, "whatever is asked for, it runs its SFTP server")
        }
        let ending = try ending(of: channel)
        try channel.free(until: deadline)
        return CommandResult(ending: ending, output: text(output, isCut))
    }

    private static func text(_ output: [UInt8], _ isCut: Bool) -> String {
        String(decoding: output, as: UTF8.self) + (isCut ? "\n[cut off after \(outputLimit) bytes]" : "")
    }

    private static func ending(of channel: SSHChannel) throws -> CommandResult.Ending {
        var name: UnsafeMutablePointer<CChar>?
        var length = 0
        let status = libssh2_channel_get_exit_signal(channel.raw, &name, &length, nil, nil, nil, nil)
        defer { if let name { libssh2_free(channel.link.raw, name) } }
        if status == 0, let name, length > 0 {
            let bytes = UnsafeRawBufferPointer(start: name, count: length)
            return .signalled(signals[String(decoding: bytes, as: UTF8.self)] ?? SIGKILL)
        }
        return .exited(libssh2_channel_get_exit_status(channel.raw))
    }

    /// The names of RFC 4254, section 6.10.
    private static let signals: [String: Int32] = [
        "ABRT": SIGABRT, "ALRM": SIGALRM, "FPE": SIGFPE, "HUP": SIGHUP, "ILL": SIGILL, "INT": SIGINT, "KILL": SIGKILL,
        "PIPE": SIGPIPE, "QUIT": SIGQUIT, "SEGV": SIGSEGV, "TERM": SIGTERM, "USR1": SIGUSR1, "USR2": SIGUSR2,
    ]
}
