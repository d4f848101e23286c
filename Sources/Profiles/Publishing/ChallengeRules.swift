import PluginKit

/// What a publishing profile must keep to whose files answer challenges: they come and go beside each other, and no
/// version is ever among them.
struct ChallengeRules {
    private static let word = Artifact.Content.challenge.rawValue
    private static let token = "challenge.token"

    private let group: GroupReader
    private let manifest: Manifest?

    init(_ group: GroupReader, _ manifest: Manifest?) {
        self.group = group
        self.manifest = manifest
    }

    /// Whether the file names the content `challenge` anywhere.
    static func names(_ group: GroupReader) -> Bool {
        ["with", "targets"].contains { group.node($0).map(names) ?? false }
    }

    private static func names(_ node: OptionNode) -> Bool {
        switch node.value {
        case .scalar: false
        case .list(let items): items.contains(where: names)
        case .group(let entries):
            entries.contains { $0.key == "content" && $0.node.value == .scalar(word) || names($0.node) }
        }
    }

    func check(_ targets: [PublishingProfile.Target]) {
        for key in ["test", "prove", "rollout", "onFailure"] where group.has(key) {
            report(group.keyPosition(key), "A profile for challenges takes no `\(key)`.", "Remove it.")
        }
        let position = group.position(of: "with")
        if let manifest, !manifest.capabilities.contains(.withdraw) {
            report(
                group.position(of: "publisher"),
                "The publisher `\(manifest.name)` can't remove what it published: it is no use for challenges.",
                "Name another publisher, for example `filesystem`.")
        }
        for options in targets.map(\.options) where group.findings.isEmpty {
            if options.artifactRequests.contains(where: { $0.content != .challenge }) {
                report(
                    position, "`content: \(Self.word)` stands beside contents of certificates.",
                    "Write a profile of its own for challenges.")
            }
            if manifest?.options.fields.contains(where: { $0.name == "layout" }) == true, !isFlat(options) {
                report(
                    position, "Files for challenges have to lie in the directory itself.",
                    "Write `layout: flat`.")
            }
            if !options.variables.contains(Self.token) {
                report(
                    position, "Nothing here names `\(Self.token)`: challenges would take each other's place.",
                    "Write for example `{name: \"{{\(Self.token)}}\", content: \(Self.word)}`.")
            }
        }
    }

    private func isFlat(_ options: OptionTree) -> Bool {
        guard case .text(let layout, _, _) = options.values["layout"] else { return false }
        return layout == Template(literal: "flat")
    }

    private func report(_ position: SourcePosition, _ message: String, _ remedy: String) {
        group.findings.report(position, message, remedy)
    }
}

extension PublishingProfile {
    /// Whether it publishes challenges, and so never a certificate.
    public var isForChallenges: Bool {
        targets.contains { $0.options.artifactRequests.contains { $0.content == .challenge } }
    }
}

extension ProfileSet {
    /// Why no flow can publish through that profile, as a sentence, with what to do; nil where one can.
    public func unfitness(forFlows name: String) -> (message: String, remedy: String)? {
        if let absence = absence(of: name, .publishing) { return absence }
        guard publishing[name]?.isForChallenges == true else { return nil }
        return (
            "The publishing profile `\(name.shown)` is for challenges: it publishes no certificates.",
            "Name another here; issuing profiles name this one, as `http01: {publishing: \(name.shown)}`."
        )
    }
}
