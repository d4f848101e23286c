import Automation
import PluginKit
import Profiles

/// One profile in full. The form of `profile show --output json`.
struct ProfileDetail: Encodable {
    struct Target: Encodable {
        var name: String
        /// The profile's own with the target's in their place; secrets are references.
        var options: ShownOptions
    }

    struct Step: Encodable {
        var command: [String]
        /// "here", "target"
        var on: String
        var timeoutSeconds: Int64

        init(_ step: CommandStep) {
            command = step.arguments.map(\.source)
            on = step.place.rawValue
            timeoutSeconds = step.timeout.seconds
        }

        var words: String {
            "\(command.joined(separator: " "))  (\(on == "here" ? "on this machine" : "on the target"), at most "
                + "\(Wording.words(.seconds(timeoutSeconds))))"
        }
    }

    var name: String
    var kind: String
    var backend: String
    var description: String
    var file: String
    var verified: String?
    /// Of an issuing profile.
    var options: ShownOptions?
    var targets: [Target]
    var test: Step?
    var reload: Step?
    var proof: String?
    var rollout: String?
    /// Whether a failed test, reload or proof puts the version before back.
    var rollsBack: Bool?
    var flows: Int
    /// Some of those that use it.
    var usedBy: [String]

    init(_ profile: PublishingProfile, _ use: ProfileUsage.Use?) {
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

    init(_ profile: IssuingProfile, _ use: ProfileUsage.Use?) {
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

    func print() {
        Console.line("\(Console.paint(name, .strong)) (\(kind), \(backend))  \(Console.harmless(description))")
        Console.line("  file      \(file)")
        if let verified { Console.line("  verified  \(Console.harmless(verified))") }
        for line in options?.lines ?? [] { Console.line("  \(Console.harmless(line))") }
        for target in targets {
            Console.line("  target \(Console.paint(target.name, .strong))")
            for line in target.options.lines { Console.line("    \(Console.harmless(line))") }
        }
        if kind == "publishing" { printSteps() }
        let others = flows > usedBy.count ? " and \(flows - usedBy.count) more" : ""
        Console.line("  used by   \(flows == 0 ? "no flow" : usedBy.joined(separator: ", ") + others)")
        Console.line("Its options explained: `certflow profile options \(backend)`.")
    }

    private func printSteps() {
        Console.line("  test      \(Console.harmless(test?.words ?? "none"))")
        Console.line("  reload    \(Console.harmless(reload?.words ?? "none"))")
        Console.line(
            "  proof     \(Console.harmless(proof ?? "none: a publication ends as \"published, not checked\""))")
        if let rollout { Console.line("  rollout   \(rollout)") }
        Console.line(
            "  failure   \(rollsBack == true ? "puts the version before back" : "leaves the new version in place")")
    }
}
