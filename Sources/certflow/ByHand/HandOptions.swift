import ArgumentParser
import Automation
import Server

/// What all commands have that ask the runner for something.
struct HandOptions: ParsableArguments {
    @Option(help: "Why, for the audit trail.")
    var reason = ""

    @Option(
        help: ArgumentHelp(
            "How long to follow it; a runner goes on with it after that.", valueName: "10m"))
    var timeout = SpanArgument(.minutes(10))
}

/// Which targets of a certificate are meant.
struct TargetOptions: ParsableArguments {
    @Option(
        name: .customLong("target"),
        help: ArgumentHelp(
            "Only this target: profile/target, a target or a profile; may be repeated.", valueName: "name"))
    var targets: [String] = []

    /// As the API takes them; nil for all.
    var value: JSONValue? { targets.isEmpty ? nil : .list(targets.map { .text($0) }) }
}
