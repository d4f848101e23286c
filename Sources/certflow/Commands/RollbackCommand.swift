import ArgumentParser
import Runner
import Server

struct RollbackCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback", abstract: "Put an older version back on the targets, now.",
        discussion: """
            Never to one that is expired or revoked. The targets are held at it until the next version, or until \
            `certflow resume` with --until-released; `certflow publish` ends it as well. Ends with 0 when done, 1 where \
            it failed, 3 where it failed at some targets.
            """)

    @OptionGroup var place: PlaceOptions
    @OptionGroup var hand: HandOptions
    @OptionGroup var chosen: TargetOptions

    @Argument(help: "The certificate.")
    var name: String

    @Option(help: ArgumentHelp("The version; else the one before what each target holds.", valueName: "number"))
    var to: Int?

    @Flag(help: "Hold the targets there until they are released, whatever is renewed meanwhile.")
    var untilReleased = false

    func run() async throws {
        try await place.work { opened in
            try await HandWork(opened: opened, options: hand).carryOut {
                try await $0.rollback(name, to: to, targets: chosen.targets, untilReleased: untilReleased)
            }
        } there: { server in
            try await RemoteWork(server: server, options: hand).carryOut(
                "rollback", of: name,
                [
                    "targets": chosen.value, "to": to.map { .number(Double($0)) },
                    "untilReleased": .flag(untilReleased),
                ])
        }
        Console.line(
            untilReleased
                ? "Held there until `certflow resume \(name)`; watch its expiry."
                : "Held there until the next version; `certflow publish \(name)` ends it sooner.")
    }
}
