import ArgumentParser
import Foundation

/// Which home a command works on.
struct HomeOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The home to work on (else CERTFLOW_HOME, else ~/.certflow).", valueName: "dir"))
    var home: String?

    var place: Home {
        let environment = ProcessInfo.processInfo.environment
        let named = home ?? environment["CERTFLOW_HOME"].flatMap { $0.isEmpty ? nil : $0 }
        return Home(path: named ?? "\(environment["HOME"] ?? "/root")/.certflow")
    }
}

/// The directory that holds everything of one certflow, and the names in it.
struct Home: Sendable {
    let path: String

    /// A relative path counts from the working directory.
    init(path: String) {
        self.path = URL(fileURLWithPath: path).standardizedFileURL.path
    }

    var database: String { "\(path)/certflow.db" }
    var settings: String { "\(path)/certflow.yaml" }
    var profiles: String { "\(path)/profiles" }
    var lock: String { "\(path)/runner.lock" }
    var socket: String { "\(path)/runner.sock" }

    /// Refuses a home that others could tamper with.
    /// - Throws: `HomeProblem`.
    func check() throws {
        var info = stat()
        guard stat(path, &info) == 0 else {
            let isFar = ProcessInfo.processInfo.environment["CERTFLOW_SERVER"].map { !$0.isEmpty } ?? false
            throw HomeProblem(
                "home.missing", "There is no home at \(path).",
                remedy: "Make one with `certflow init --home \(path)`, or name the right one with --home."
                    + (isFar ? " This command works on the server's machine: CERTFLOW_SERVER is for --server." : ""))
        }
        guard info.st_mode & S_IFMT == S_IFDIR else {
            throw HomeProblem(
                "home.not-a-directory", "\(path) is not a directory.",
                remedy: "Name the directory of a home with --home.")
        }
        guard info.st_uid == geteuid() || geteuid() == 0 else {
            throw HomeProblem(
                "home.other-owner", "\(path) belongs to another account (uid \(info.st_uid)).",
                remedy: "Run certflow as that account, for example with `sudo -u '#\(info.st_uid)' certflow …`.")
        }
        guard info.st_mode & 0o022 == 0 else {
            throw HomeProblem(
                "home.writable-by-others", "Others may write to \(path).", remedy: "Run `chmod 700 \(path)`.")
        }
        guard FileManager.default.fileExists(atPath: database) else {
            throw HomeProblem(
                "home.not-initialised", "\(path) is not a finished home: it has no database.",
                remedy: "Finish it with `certflow init --home \(path)`, or name the right one with --home.")
        }
    }
}
