import ArgumentParser
import Foundation
import Runner

struct IssuerAccountCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "account", abstract: "The account at the CA that an issuing profile orders with.",
        subcommands: [
            IssuerAccountShowCommand.self, IssuerAccountRolloverCommand.self, IssuerAccountDeactivateCommand.self,
        ])
}

/// Which account is meant.
struct AccountOptions: ParsableArguments {
    @OptionGroup var home: HomeOptions

    @Argument(help: "The issuing profile.")
    var profile: String

    @Flag(help: "The account that rehearsals use, at the CA's staging.")
    var rehearsal = false

    func withDesk<Result>(_ body: (AccountDesk) async throws -> Result) async throws -> Result {
        try await withHome(home) { opened in
            let outside = Wiring.Outside()
            let dependencies = Wiring.dependencies(opened, outside)
            do {
                let result = try await body(
                    AccountDesk(opened, dependencies, profile: profile, isRehearsal: rehearsal))
                await outside.end(opened.registry)
                return result
            } catch {
                await outside.end(opened.registry)
                throw error
            }
        }
    }
}

struct IssuerAccountShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "What the CA says about the account: address, status, contact, key, terms.")

    @OptionGroup var account: AccountOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let found = try await account.withDesk { try await $0.show() }
        if case .json = output.output { return try JSONOutput.print(found) }
        guard let found else {
            return Console.line("\(account.profile) has no account yet: the first renewal or rehearsal makes one.")
        }
        found.print()
    }
}

struct IssuerAccountRolloverCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollover", abstract: "Put a new key in the place of the account's.",
        discussion: """
            The kind of the new key is what the profile says (`accountKey`). Certificates and orders stay as they are. \
            Where this is cut off, the next call finds out which of the two keys holds: ask again.
            """)

    @OptionGroup var account: AccountOptions

    @Option(help: "Why, for the audit trail.")
    var reason = ""

    func run() async throws {
        let found = try await account.withDesk { try await $0.rollOver(reason: reason) }
        Console.line("The account of \(account.profile) has a new key.")
        found.print()
    }
}

struct IssuerAccountDeactivateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deactivate", abstract: "Close the account at the CA for good, and forget its key.",
        discussion: """
            Certificates that it ordered stay valid, but can no longer be revoked with it. The next renewal by this \
            profile makes a new account.
            """)

    @OptionGroup var account: AccountOptions
    @OptionGroup var confirmation: Confirmation

    @Option(help: "Why, for the audit trail.")
    var reason = ""

    func run() async throws {
        let consequences =
            "The account of \(account.profile) is closed for good; its certificates can't be revoked with it any more."
        guard confirmation.given(consequences, "Close it?") else {
            throw CommandEnding.failed(Complaint("Nothing was changed."))
        }
        let wasKnown = try await account.withDesk { try await $0.deactivate(reason: reason) }
        Console.line(
            wasKnown
                ? "The account of \(account.profile) is closed."
                : "The CA knew no account of \(account.profile); what was kept of it here is forgotten.")
    }
}

extension IssuerAccount {
    func print() {
        var sheet = Sheet()
        sheet.add("account", url)
        sheet.add("status", status, status == "valid" ? .good : .bad)
        sheet.add("contact", contact.isEmpty ? "none" : contact.joined(separator: ", "))
        sheet.add("key", "\(key), SHA-256 \(thumbprint)")
        sheet.add("terms", terms)
        sheet.print()
    }
}
