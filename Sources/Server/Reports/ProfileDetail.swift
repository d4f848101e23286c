import Automation
import PluginKit
import Profiles

/// One profile in full. The form of `profile show --output json`.
package struct ProfileDetail: Codable, Sendable {
    package struct Target: Codable, Sendable {
        package var name: String
        /// The profile's own with the target's in their place; secrets are references.
        package var options: ShownOptions
    }

    package struct Step: Codable, Sendable {
        package var command: [String]
        /// "here", "target"
        package var on: String
        package var timeoutSeconds: Int64

        package init(_ step: CommandStep) {
            command = step.arguments.map(\.source)
            on = step.place.rawValue
            timeoutSeconds = step.timeout.seconds
        }

        package var words: String {
            "\(command.joined(separator: " "))  (\(on == "here" ? "on this machine" : "on the target"), at most "
                + "\(Wording.words(.seconds(timeoutSeconds))))"
        }
    }

    package var name: String
    package var kind: String
    package var backend: String
    package var description: String
    package var file: String
    package var verified: String?
    /// Of an issuing profile.
    package var options: ShownOptions?
    package var targets: [Target]
    package var test: Step?
    package var reload: Step?
    package var proof: String?
    package var rollout: String?
    /// Whether a failed test, reload or proof puts the version before back.
    package var rollsBack: Bool?
    package var flows: Int
    /// Some of those that use it.
    package var usedBy: [String]

    package init(_ profile: PublishingProfile, _ use: ProfileUsage.Use?) {
        name = profile.name
        kind = "publishing"
        backend = profile.publisher
        description = profile.description
        file = profile.file
        verified = profile.verified
        targets = profile.targets.map { Target(name: $0.name, options: ShownOptions($0.options)) }
        test = profile.test.map { Step($0) }
        reload = profile.reload.map { Step($0) }
        proof = profile.proof.map(Self.words)
        rollout = Self.words(profile.rollout)
        rollsBack = profile.rollsBack
        flows = use?.count ?? 0
        usedBy = use?.examples ?? []
    }

    package init(_ profile: IssuingProfile, _ use: ProfileUsage.Use?) {
        name = profile.name
        kind = "issuing"
        backend = profile.issuer
        description = profile.description
        file = profile.file
        options = ShownOptions(profile.options)
        targets = []
        flows = use?.count ?? 0
        usedBy = use?.examples ?? []
    }

    private static func words(_ proof: ProofStep) -> String {
        switch proof {
        case .readBack: "the publisher reads it back"
        case .tls(let connect, let name, let within, let startTLS):
            "a TLS handshake\(startTLS.map { " after STARTTLS (\($0.rawValue))" } ?? "") with \(connect.source)\(name.map { " for \($0.source)" } ?? ""), within "
                + Wording.words(within)
        }
    }

    private static func words(_ rollout: Rollout) -> String {
        guard rollout.first > 0 else { return "all targets at once" }
        let step =
            switch rollout.then {
            case .count(let count): "\(count)"
            case .percent(let percent): "\(percent)%"
            }
        return "the first \(rollout.first), then \(step) at a time"
            + (rollout.stopOnFailure ? "; a failed one stops the rest" : "; a failed one stops nothing")
    }
}
