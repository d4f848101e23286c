import ArgumentParser
import Runner

struct ProveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prove", abstract: "Look now whether the targets serve what was published there.",
        discussion: """
            Where the profile has no proof, the target is read back. Ends with 0 where all do, 1 where none does, 3 \
            where some do not.
            """)

    @OptionGroup var place: PlaceOptions
    @OptionGroup var hand: HandOptions
    @OptionGroup var chosen: TargetOptions

    @Argument(help: "The certificate.")
    var name: String

    func run() async throws {
        try await place.work { opened in
            try await HandWork(opened: opened, options: hand).carryOut {
                try await $0.prove(name, targets: chosen.targets)
            }
        } there: { server in
            try await RemoteWork(server: server, options: hand).carryOut(
                "prove", of: name, ["targets": chosen.value])
        }
    }
}
