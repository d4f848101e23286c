import ArgumentParser
import Runner

struct ProveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prove", abstract: "Look now whether the targets serve what was published there.",
        discussion: """
            Where the profile has no proof, the target is read back. Ends with 0 where all do, 1 where none does, 3 \
            where some do not.
            """)

    @OptionGroup var home: HomeOptions
    @OptionGroup var hand: HandOptions
    @OptionGroup var chosen: TargetOptions

    @Argument(help: "The certificate.")
    var name: String

    func run() async throws {
        try await withHome(home) { opened in
            try await HandWork(opened: opened, options: hand).carryOut {
                try await $0.prove(name, targets: chosen.targets)
            }
        }
    }
}
