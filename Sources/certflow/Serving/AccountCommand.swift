import ArgumentParser
import Automation
import Foundation
import Runner
import Server

struct AccountCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "account", abstract: "Who may sign in to the pages, and what they may do.",
        subcommands: [Add.self, List.self, Change.self, Invite.self, Remove.self])

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add an account, and print the link that lets its person choose a password.")
        @OptionGroup var home: HomeOptions
        @Argument var name: String
        @Option(help: "viewer, operator, administrator or auditor.") var role: Role
        @Option(help: "A label that certificates must bear to be seen, KEY=VALUE. May be repeated.")
        var scope: [String] = []
        @Flag(help: "May export private keys, after proving again who it is.") var exportsKeys = false

        func run() async throws {
            try await withPeople(home) { opened, people in
                var account = Server.Account(name: name, role: role, createdAt: Instant(Date()))
                account.scope = try ScopeArgument.read(scope)
                account.exportsKeys = exportsKeys
                let code = try await people.add(account, by: Account.name)
                tellLink(opened, code)
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the accounts.")
        @OptionGroup var home: HomeOptions
        @OptionGroup var output: OutputOptions

        private struct Form: Encodable {
            var name: String
            var role: String
            var scope: [String: String]
            var exportsKeys: Bool
            var disabled: Bool
            var canSignIn: Bool
            var signedInAt: String?
        }

        func run() async throws {
            try await withPeople(home) { _, people in
                let accounts = try await people.all()
                guard output.output != .json else {
                    return try JSONOutput.print(
                        accounts.map {
                            Form(
                                name: $0.name, role: $0.role.rawValue, scope: $0.scope, exportsKeys: $0.exportsKeys,
                                disabled: $0.isDisabled, canSignIn: $0.canSignIn, signedInAt: $0.signedInAt?.rfc3339)
                        })
                }
                guard !accounts.isEmpty else {
                    return Console.line("No accounts yet. Add one: certflow account add NAME --role administrator")
                }
                var table = Table("ACCOUNT", "ROLE", "SEES", "STATE", "LAST SIGNED IN")
                for account in accounts {
                    let scope = account.scope.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
                    let state = account.isDisabled ? "disabled" : account.canSignIn ? "active" : "no password yet"
                    table.add(row: [
                        .init(account.name), .init(account.role.rawValue),
                        .init(scope.isEmpty ? "all" : scope.joined(separator: ", ")), .init(state),
                        .init(account.signedInAt.map { "\($0)" } ?? "never"),
                    ])
                }
                table.print()
            }
        }
    }

    struct Change: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Change what somebody may do. It counts at once, in open sessions as well.")
        @OptionGroup var home: HomeOptions
        @Argument var name: String
        @Option(help: "viewer, operator, administrator or auditor.") var role: Role?
        @Option(help: "A label that certificates must bear to be seen, KEY=VALUE; `all` for no limit.")
        var scope: [String] = []
        @Flag(inversion: .prefixedNo, help: "May export private keys.") var exportsKeys: Bool?
        @Flag(help: "Nobody signs in with it; its sessions end.") var disable = false
        @Flag(help: "It may sign in again.") var enable = false

        func run() async throws {
            let limits = scope == ["all"] ? [:] : try ScopeArgument.read(scope)
            try await withPeople(home) { _, people in
                try await people.change(name, by: Account.name) { account in
                    if let role { account.role = role }
                    if !scope.isEmpty { account.scope = limits }
                    if let exportsKeys { account.exportsKeys = exportsKeys }
                    if disable { account.isDisabled = true }
                    if enable { account.isDisabled = false }
                }
                Console.line("Changed \(name).")
            }
        }
    }

    struct Invite: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print a new link to choose a password: for one that was lost.")
        @OptionGroup var home: HomeOptions
        @Argument var name: String

        func run() async throws {
            try await withPeople(home) { opened, people in
                tellLink(opened, try await people.invite(name, by: Account.name))
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Take an account away, with its sessions and tokens.")
        @OptionGroup var home: HomeOptions
        @Argument var name: String

        func run() async throws {
            try await withPeople(home) { _, people in
                try await people.remove(name, by: Account.name)
                Console.line("Removed \(name).")
            }
        }
    }

    private static func tellLink(_ opened: OpenedHome, _ code: String) {
        let server = opened.settings.server
        let url = server.url ?? "https://localhost:\(server.port)"
        Console.line("This link lets them choose a password, once, within a day:")
        Console.line("  \(url)/setup?code=\(code)")
    }
}

struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "What programs sign in with.",
        subcommands: [Issue.self, List.self, Revoke.self])

    struct Issue: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Issue a token. It is shown once: only its hash is kept.")
        @OptionGroup var home: HomeOptions
        @Argument(help: "The account that it belongs to.") var account: String
        @Option(help: "What uses it.") var name: String
        @Option(help: "Less than the account's own role.") var role: Role?
        @Option(help: "A label that certificates must bear to be seen, KEY=VALUE.") var scope: [String] = []
        @Option(help: "How long it holds: 90d, 12h.") var life: SpanArgument = SpanArgument(.days(90))

        func run() async throws {
            let limits = try ScopeArgument.read(scope)
            try await withPeople(home) { _, people in
                let (secret, token) = try await people.issueToken(
                    for: account, called: name, role: role, scope: limits, life: life.span, by: Account.name)
                Console.error("Token \(token.id.prefix(8)) of \(account), until \(token.endsAt); it is shown only now:")
                Console.line(secret)
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the tokens of an account.")
        @OptionGroup var home: HomeOptions
        @Argument var account: String

        func run() async throws {
            try await withPeople(home) { _, people in
                var table = Table("TOKEN", "NAME", "ROLE", "UNTIL", "LAST USED")
                for token in try await people.tokens(of: account) {
                    table.add(row: [
                        .init(String(token.id.prefix(8))), .init(token.name), .init(token.role.rawValue),
                        .init("\(token.endsAt)"), .init(token.usedAt.map { "\($0)" } ?? "never"),
                    ])
                }
                table.print()
            }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Revoke a token: it ends at once.")
        @OptionGroup var home: HomeOptions
        @Argument var account: String
        @Argument(help: "Its id, or the beginning of it.") var token: String

        func run() async throws {
            try await withPeople(home) { _, people in
                try await people.revokeToken(token, of: account, by: Account.name)
                Console.line("Revoked.")
            }
        }
    }
}

extension Role: ExpressibleByArgument {}

/// Labels as arguments: "team=web".
enum ScopeArgument {
    static func read(_ arguments: [String]) throws -> [String: String] {
        var labels: [String: String] = [:]
        for argument in arguments {
            let parts = argument.split(separator: "=", maxSplits: 1)
            guard parts.count == 2 else {
                throw DeskRefusal("scope.malformed", "\(argument) is no label.", remedy: "Write it as KEY=VALUE.")
            }
            labels[String(parts[0])] = String(parts[1])
        }
        return labels
    }
}

private func withPeople(_ home: HomeOptions, _ body: (OpenedHome, People) async throws -> Void) async throws {
    try await withHome(home) { opened in
        let people = opened.people()
        defer { people.end() }
        do {
            try await body(opened, people)
        } catch let problem as Problem {
            throw DeskRefusal(problem.code, problem.message, remedy: problem.remedy)
        }
    }
}
