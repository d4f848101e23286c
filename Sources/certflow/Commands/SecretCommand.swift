import ArgumentParser
import Automation
import Foundation
import PluginKit
import Runner

struct SecretCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "secret", abstract: "Passwords and keys that profiles refer to by name.",
        subcommands: [SecretSet.self, SecretList.self, SecretRemove.self])
}

struct SecretSet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set", abstract: "Store a secret, or give it a new value.",
        discussion: """
            The value comes from standard input, or on a terminal from a prompt without echo; never from the command \
            line, which others can read. A value of one line loses its line end. Stored under seal; what failed for \
            want of it is tried again.
            """)

    @OptionGroup var home: HomeOptions

    @Argument(help: "Its name, as profiles write it: {secret: NAME}.")
    var name: String

    @Option(help: "Read the value from this file; - is standard input.")
    var file: String?

    @Option(help: "Why, for the audit trail.")
    var reason = ""

    func run() async throws {
        try await withHome(home) { opened in
            let value = try SecretInput.value(of: name, file: file)
            let isChange = try await opened.desk(reason: reason).setSecret(name, value, vault: opened.vault)
            WakeSocket.wake(opened.home)
            Console.line("\(isChange ? "Changed" : "Stored") the secret \(name).")
        }
    }
}

struct SecretList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "The secrets that there are, and those that profiles miss; never their values.")

    /// The form of `secret list --output json`.
    private struct Listed: Encodable {
        var name: String
        var setAt: String?
        var setBy: String?
        var usedBy: [String]
        var missing: Bool
    }

    @OptionGroup var home: HomeOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await withHome(home) { opened in
            let secrets = try await opened.desk().secrets()
            switch output.output {
            case .json:
                try JSONOutput.print(
                    secrets.map {
                        Listed(
                            name: $0.name, setAt: $0.setAt?.rfc3339, setBy: $0.setBy, usedBy: $0.usedBy,
                            missing: $0.setAt == nil)
                    })
            case .table: table(secrets)
            }
        }
    }

    private func table(_ secrets: [Desk.ListedSecret]) {
        guard !secrets.isEmpty else { return Console.line("There are no secrets, and no profile names one.") }
        let moments = Moments(now: Instant(Date()))
        var table = Table("SECRET", "SET", "BY", "USED BY")
        for secret in secrets {
            table.add(
                .init(secret.name, .strong),
                secret.setAt.map { .init(moments.words($0, in: ProgressPrinter.zone)) } ?? .init("missing", .bad),
                .init(secret.setBy ?? "-"), .init(secret.usedBy.isEmpty ? "-" : secret.usedBy.joined(separator: ", ")))
        }
        table.print()
    }
}

struct SecretRemove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Forget a secret.",
        discussion: "Refused while a profile names it, but with --force.")

    @OptionGroup var home: HomeOptions

    @Argument(help: "Its name.")
    var name: String

    @Flag(help: "Also while a profile names it.")
    var force = false

    @Option(help: "Why, for the audit trail.")
    var reason = ""

    func run() async throws {
        try await withHome(home) { opened in
            try await opened.desk(reason: reason).removeSecret(name, force: force)
            WakeSocket.wake(opened.home)
            Console.line("Removed the secret \(name).")
        }
    }
}
