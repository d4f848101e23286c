import ArgumentParser
import Runner

struct RenewCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "renew", abstract: "Renew a certificate now, outside its window.",
        discussion: """
            Its publication keeps the rules of the flow. Beside a living runner it is that one which renews, and is \
            followed to the end; without one this command does it. Ends with 0 when done, 1 where it failed.
            """)

    @OptionGroup var home: HomeOptions
    @OptionGroup var hand: HandOptions

    @Argument(help: "The certificate.")
    var name: String

    @Flag(help: "Also while a newer version than any target holds waits to be published.")
    var force = false

    func run() async throws {
        try await withHome(home) { opened in
            try await HandWork(opened: opened, options: hand).carryOut { [try await $0.renew(name, force: force)] }
            try await NextPublications(opened).tell(name)
        }
    }
}
