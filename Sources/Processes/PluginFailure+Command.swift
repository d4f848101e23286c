import Foundation
import PluginKit
import Subprocess

/// The wording of everything that can keep a program from running.
extension PluginFailure {
    private static func configuration(_ code: String, _ message: String, remedy: String) -> Self {
        Self(.configuration, code: "command.\(code)", message: message, remedy: remedy)
    }

    static var emptyCommand: Self {
        configuration("empty", "The command is empty.", remedy: "Write a program and its arguments: `[nginx, -t]`.")
    }

    static func nulByte(inArgument index: Int, of program: String) -> Self {
        configuration(
            "nul-byte", "Argument \(index) of the command `\(program.filter { $0 != "\0" })` holds a NUL byte.",
            remedy: "Remove it: no program can be handed one.")
    }

    static func badVariable(_ name: String, of program: String) -> Self {
        configuration(
            "bad-variable", "The variable `\(name.filter { $0 != "\0" })` can't be set for `\(program)`.",
            remedy: "A name has capital letters, digits and underscores, a value has no NUL byte.")
    }

    static func relativeProgram(_ program: String) -> Self {
        configuration(
            "relative", "The program `\(program)` is given by a relative path.",
            remedy: "Write its absolute path, or its bare name where it lies in \(Processes.searchPath).")
    }

    static func programNotFound(_ program: String) -> Self {
        configuration(
            "not-found", "The program `\(program)` is in none of \(Processes.searchPath).",
            remedy: "Install it, correct its name, or write its absolute path.")
    }

    static func programMissing(_ path: String) -> Self {
        configuration(
            "not-found", "The program `\(path)` does not exist.", remedy: "Install it, or correct the path.")
    }

    static func programUnreadable(_ path: String, _ reason: Int32) -> Self {
        configuration(
            "not-found", "The program `\(path)` can't be looked at: \(words(reason)).",
            remedy: "Let the user that runs certflow enter its directory, or correct the path.")
    }

    static func notAProgram(_ path: String) -> Self {
        configuration("not-executable", "`\(path)` is no file, so no program.", remedy: "Correct the path.")
    }

    static func notExecutable(_ path: String) -> Self {
        configuration(
            "not-executable", "The program `\(path)` is not executable for the user that runs certflow.",
            remedy: "Set its mode (`chmod a+x \(path)`), or correct the path.")
    }

    /// The machine lacks memory, processes or descriptors.
    static func shortage(_ reason: Int32, starting program: String) -> Self {
        Self(
            .transient, code: "command.shortage", message: "`\(program)` could not be started: \(words(reason)).",
            remedy: "It is tried again. Where it stays so, look at the machine's memory, and at the limits of the "
                + "certflow service for open files and processes.")
    }

    /// - Parameter program: as it was asked for; its file was found executable a moment before.
    init(_ error: SubprocessError, starting program: String) {
        let reason = error.underlyingError?.rawValue
        let isShortage = [EAGAIN, ENOMEM, EMFILE, ENFILE].contains(reason)
        switch error.code {
        case .executableNotFound:
            self = .configuration(
                "not-startable", "`\(program)` is there, but could not be started.",
                remedy: "For a script: is the interpreter in its first line (`#!`) installed? Else: does it lie on a "
                    + "file system that is mounted noexec?")
        case .spawnFailed where reason == ENOEXEC:
            self = .configuration(
                "not-startable",
                "`\(program)` is neither a program for this machine nor a script that names its "
                    + "interpreter.", remedy: "For a script: write `#!/bin/sh` as its first line.")
        case .spawnFailed where reason == E2BIG:
            self = .configuration(
                "too-long", "The arguments of `\(program)` are too long for one command.", remedy: "Shorten them.")
        case .spawnFailed where isShortage, .asyncIOFailed where isShortage,
            .failedToChangeWorkingDirectory where isShortage:
            self = .shortage(reason ?? EAGAIN, starting: program)
        case .spawnFailed:
            self = .configuration(
                "not-startable", "`\(program)` could not be started: \(reason.map(Self.words) ?? "\(error)").",
                remedy: "Start it by hand as the user that runs certflow, to see what is wrong.")
        default:
            self = Self(
                .unknownOutcome, code: "command.lost",
                message: "`\(program)` was started, but how it ended could not be seen: \(error).",
                remedy: "Look at what it did before it is run again.")
        }
    }

    private static func words(_ reason: Int32) -> String { String(cString: strerror(reason)) }
}
