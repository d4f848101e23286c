import ArgumentParser
import Runner

struct RenewCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "renew", abstract: "Renew a certificate now, outside its window.",
        discussion: """
            Its publication keeps the rules of the flow. Beside a living runner it is that one which renews, and is \
            followed to the end; without one this command does it. Ends with 0 when done, 1 where it failed.

            With --rehearse the whole way is gone against the issuer's staging, with a key of its own: the challenges \
            are answered, what comes is checked and shown, and nothing of it is stored. It needs no runner and \
            disturbs none.
            """)

    @OptionGroup var home: HomeOptions
    @OptionGroup var hand: HandOptions

    @Argument(help: "The certificate.")
    var name: String

    @Flag(help: "Also while a newer version than any target holds waits to be published.")
    var force = false

    @Flag(help: "Only try it against the issuer's staging; nothing is stored.")
    var rehearse = false

    func validate() throws {
        if rehearse, force { throw ValidationError("--force means nothing to a rehearsal: leave it out.") }
    }

    func run() async throws {
        try await withHome(home) { opened in
            if rehearse { return try await RehearsedRenewal(opened: opened, options: hand).carryOut(name) }
            try await HandWork(opened: opened, options: hand).carryOut { [try await $0.renew(name, force: force)] }
            try await NextPublications(opened).tell(name)
        }
    }
}
