import ArgumentParser
import Certificates
import Foundation

/// The program: parses, calls, renders. What it can do stands in `Commands/`.
@main
struct Certflow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "certflow",
        abstract: "Renews TLS certificates on time, publishes them, and proves that they are served.",
        discussion: """
            A home holds everything: settings, profiles, database, master key. Name it with --home or CERTFLOW_HOME; \
            without either it is ~/.certflow.
            """,
        version: Version.text,
        groupedSubcommands: [
            CommandGroup(
                name: "Set up",
                subcommands: [
                    InitCommand.self, ApplyCommand.self, FlowsCommand.self, ImportCommand.self, ExportCommand.self,
                    ProfileCommand.self, IssuerCommand.self,
                ]),
            CommandGroup(
                name: "Do and watch",
                subcommands: [
                    RunCommand.self, ServeCommand.self, StatusCommand.self,
                ]),
            CommandGroup(
                name: "Act by hand",
                subcommands: [
                    RenewCommand.self, PublishCommand.self, RollbackCommand.self, ProveCommand.self, PauseCommand.self,
                    ResumeCommand.self, RevokeCommand.self, RevokedCommand.self, RemoveCommand.self,
                ]),
            CommandGroup(
                name: "What flows refer to", subcommands: [SecretCommand.self, TargetCommand.self]),
            CommandGroup(name: "Who may come in", subcommands: [AccountCommand.self, TokenCommand.self]),
            CommandGroup(
                name: "Look ahead and back",
                subcommands: [ForecastCommand.self, ExplainCommand.self, ShowCommand.self, HistoryCommand.self]),
            CommandGroup(
                name: "Trust and care",
                subcommands: [AuditCommand.self, DoctorCommand.self, BackupCommand.self, RestoreCommand.self]),
            CommandGroup(name: "Help", subcommands: [CompletionCommand.self, ManCommand.self]),
        ])

    static func main() async {
        signal(SIGPIPE, SIG_IGN)
        OpenSSLLibrary.staysUntilExit()
        Heap.returnLargeBlocks()
        do {
            var command = try parseAsRoot(nil)
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            await end(with: error)
        }
    }

    /// 0 done, 1 failed, 2 usage, 3 some targets failed.
    private static func end(with error: any Error) async -> Never {
        if let ended = error as? CommandEnding {
            ended.tell()
            Foundation.exit(ended.status)
        }
        let code = exitCode(for: error)
        guard code == .validationFailure else {
            guard code == .success else {
                Console.error(Complaint(error).text)
                Foundation.exit(1)
            }
            exit(withError: error)  // help and version
        }
        FileHandle.standardError.write(Data((fullMessage(for: error) + "\n").utf8))
        Foundation.exit(2)
    }
}

enum Version {
    static let text = "0.1.0"
}

/// How a command ends when it does not simply return.
struct CommandEnding: Error {
    var status: Int32
    var complaint: Complaint?

    static func failed(_ complaint: Complaint) -> Self { Self(status: 1, complaint: complaint) }
    /// Everything was said already.
    static let failedAsSaid = Self(status: 1, complaint: nil)
    static let someTargetsFailed = Self(status: 3, complaint: nil)

    func tell() {
        if let complaint { Console.error(complaint.text) }
    }
}
