import Automation
import Foundation
import PluginKit
import Profiles

/// Runs the test and reload commands of a profile, on the target or here.
struct TargetCommands {
    private let outside: RunnerDependencies

    init(_ outside: RunnerDependencies) { self.outside = outside }

    /// The arguments as they will be run: members of a group with equal ones share a run.
    func arguments(_ step: CommandStep, _ prepared: PreparedDelivery) throws -> [String] {
        do throws(TemplateProblem) {
            var arguments: [String] = []
            for argument in step.arguments { arguments.append(try argument.render(prepared.variables).text) }
            return arguments
        } catch {
            throw PluginFailure(
                .configuration, code: "profile.rendering",
                message: "The command of \(prepared.profile.name) can't be filled in: \(error.message)",
                remedy: error.remedy)
        }
    }

    /// - Throws: `StageFailure` that names the step and carries the output where the command does not succeed.
    func run(_ name: String, _ step: CommandStep, _ prepared: PreparedDelivery) async throws {
        let command = Command(try arguments(step, prepared), timeout: step.timeout.duration)
        let result: CommandResult
        switch step.place {
        case .target:
            let publisher = try await publisher(prepared)
            let delivery = prepared.bare
            result = try await outside.clock.bounded("The \(name) command", step.timeout + .seconds(30)) {
                try await publisher.run(command, for: delivery)
            }
        case .here:
            result = try await outside.runCommand(
                CommandCall(
                    command,
                    environment: [
                        "CERTFLOW_CERTIFICATE": prepared.delivery.version.certificate,
                        "CERTFLOW_PROFILE": prepared.profile.name, "CERTFLOW_TARGET": prepared.delivery.target,
                    ], redacting: prepared.secrets))
        }
        guard !result.succeeded else { return }
        let ending =
            switch result.ending {
            case .exited(let status): "ended with status \(status)"
            case .signalled(let signal): "was ended by signal \(signal)"
            case .timedOut: "did not end within \(Wording.words(step.timeout))"
            }
        throw StageFailure(
            PluginFailure(
                .transient, code: "\(name).failed",
                message: "The \(name) command `\(command.arguments.joined(separator: " "))` \(ending).",
                remedy: "Run it by hand on the target; its output is kept with the publication."), step: name,
            output: result.output)
    }

    func publisher(_ prepared: PreparedDelivery) async throws -> any Publisher {
        try await prepared.backend.make(
            Options(), PluginContext(outside, scope: "publishing/\(prepared.profile.name)"))
    }
}
