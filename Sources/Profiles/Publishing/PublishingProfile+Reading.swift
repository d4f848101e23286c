import Automation
import PluginKit

extension PublishingProfile {
    static let keys = [
        "profile", "description", "publisher", "with", "targets", "test", "reload", "prove", "rollout", "onFailure",
    ]

    private enum OnFailure: String, CaseIterable { case rollback, keep }

    /// Reads one file and checks it against its publisher.
    ///
    /// - Parameter stem: the file's name without `.yaml`, where the profile must bear the same.
    public static func read(
        _ source: SourceFile, stem: String? = nil, registry: Registry
    ) -> ProfileReading<PublishingProfile> {
        let findings = Findings()
        guard let root = ProfileHeader.root(of: source, example: "publisher: filesystem", findings),
            let group = GroupReader(root, keys: keys, misplaced: misplaced(registry), findings),
            let header = ProfileHeader(
                group, stem: stem, backendKey: "publisher", registry.publishers.mapValues(\.manifest))
        else { return ProfileReading(nil, findings) }
        let manifest = header.manifest
        let isForChallenges = ChallengeRules.names(group)
        let known = manifest.map { TemplateCatalog.names(for: $0.options, isForChallenges: isForChallenges) }
        let templates = TemplateChecker(known: known, findings)
        let targets = TargetReader(group, manifest: manifest, isForChallenges: isForChallenges).targets
        let profile = PublishingProfile(
            name: header.name, description: header.description, publisher: header.backend, targets: targets,
            test: group.group("test", keys: CommandStep.keys).flatMap {
                CommandStep($0, step: "test", publisher: manifest, templates: templates)
            },
            reload: group.group("reload", keys: CommandStep.keys).flatMap {
                CommandStep($0, step: "reload", publisher: manifest, templates: templates)
            },
            proof: group.group("prove", keys: ProofStep.keys).flatMap {
                ProofStep($0, publisher: manifest, templates: templates)
            },
            rollout: group.group("rollout", keys: Rollout.keys).map(Rollout.init) ?? .allAtOnce,
            rollsBack: group.choice("onFailure", OnFailure.self) != .keep, file: source.path,
            verified: ProfileHeader.verified(in: source), digest: FNV1a.digest(of: source.text))
        if isForChallenges { ChallengeRules(group, manifest).check(targets) }
        // What was not accepted has no value either: only what is left is worth a word.
        if findings.isEmpty { TargetValues(targets, isSole: !group.has("targets")).check(templates, findings) }
        return ProfileReading(profile, named: header.name, findings)
    }

    /// An option of a backend at the top of the file is the most likely slip.
    private static func misplaced(_ registry: Registry) -> [String: String] {
        var remedies: [String: String] = [:]
        for field in registry.publishers.values.flatMap(\.manifest.options.fields) {
            remedies[field.name] = "It is an option of the publisher: move it under `with`."
        }
        remedies["issuer"] = "That is for issuing profiles, in profiles/issuing; this one takes `publisher`."
        return remedies
    }
}
