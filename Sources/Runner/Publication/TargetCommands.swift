import Automation
import Foundation
import PluginKit
import Profiles

/// Runs the test and reload commands of a profile, on the target or here.
struct TargetCommands {
    private let outside: RunnerDependencies

    init(_ outside: RunnerDependencies) { self.outside = outside }

    /// Where a command runs, and what it is told.
    struct Place {
        var profile: String
        var backend: Backend<any Publisher>
        /// Without artifacts.
        var delivery: Delivery
        var variables: TemplateVariables
        var secrets: [Secret]

        init(
            profile: String, backend: Backend<any Publisher>, delivery: Delivery, variables: TemplateVariables,
            secrets: [Secret]
        ) {
            self.profile = profile
            self.backend = backend
            self.delivery = delivery
            self.variables = variables
            self.secrets = secrets
        }

        init(_ prepared: PreparedDelivery) {
            self.init(
                profile: prepared.profile.name, backend: prepared.backend, delivery: prepared.bare,
                variables: prepared.variables, secrets: prepared.secrets)
        }
    }

    /// The arguments as they will be run: members of a group with equal ones share a run.
    func arguments(_ step: CommandStep, _ prepared: PreparedDelivery) throws -> [String] {
        try arguments(step, Place(prepared))
    }

    private func arguments(_ step: CommandStep, _ place: Place) throws -> [String] {
        do throws(TemplateProblem) {
            var arguments: [String] = []
            for argument in step.arguments { arguments.append(try argument.render(place.variables).text) }
            return arguments
        } catch {
            throw PluginFailure(
                .configuration, code: "profile.rendering",
                message: "The command of \(place.profile) can't be filled in: \(error.message)",
                remedy: error.remedy)
        }
    }

    /// - Throws: `StageFailure` that names the step and carries the output where the command does not succeed.
    func run(_ name: String, _ step: CommandStep, _ prepared: PreparedDelivery) async throws {
        try await run(name, step, Place(prepared))
    }

    /// - Throws: as above.
    func run(_ name: String, _ step: CommandStep, _ place: Place) async throws {
        let command = Command(try arguments(step, place), timeout: step.timeout.duration)
        var result: CommandResult
        switch step.place {
        case .target:
            let publisher = try await publisher(place.backend, place.profile)
            let delivery = place.delivery
            result = try await outside.clock.bounded("The \(name) command", step.timeout + .seconds(30)) {
                try await publisher.run(command, for: delivery)
            }
            result.output = Redaction(place.secrets).masked(result.output)
        case .here:
            result = try await outside.runCommand(
                CommandCall(
                    command,
                    environment: [
                        "CERTFLOW_CERTIFICATE": place.delivery.version.certificate,
                        "CERTFLOW_PROFILE": place.profile, "CERTFLOW_TARGET": place.delivery.target,
                    ], redacting: place.secrets))
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
        try await publisher(prepared.backend, prepared.profile.name)
    }

    func publisher(_ backend: Backend<any Publisher>, _ profile: String) async throws -> any Publisher {
        try await backend.make(Options(), PluginContext(outside, scope: "publishing/\(profile)"))
    }
}
