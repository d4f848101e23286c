import PluginKit

/// Reads the targets of a profile: the profile's options overlaid by each target's own, checked by the backend's schema.
struct TargetReader {
    private let group: GroupReader
    private let manifest: Manifest?
    private let isForChallenges: Bool
    private let findings: Findings

    init(_ group: GroupReader, manifest: Manifest?, isForChallenges: Bool) {
        self.group = group
        self.isForChallenges = isForChallenges
        self.manifest = manifest
        findings = group.findings
    }

    /// A profile without `targets` has one, named `default`.
    var targets: [PublishingProfile.Target] {
        guard group.has("targets") else {
            let options = shared
            return [.init(name: PublishingProfile.soleTarget, options: check(options, alone: true))]
        }
        guard let items = group.items("targets", example: "[{name: web-1, host: web-1.example.net}]") else { return [] }
        if items.isEmpty {
            findings.report(
                group.position(of: "targets"), "`targets` lists none.",
                "Add one, or remove the key: the profile then has one target, named `\(PublishingProfile.soleTarget)`.")
        }
        var names: [String: SourcePosition] = [:]
        return items.compactMap { item in
            guard let (name, position) = name(of: item) else { return nil }
            if let first = names.updateValue(position, forKey: name) {
                findings.report(
                    position, "There is a target `\(name)` already, in line \(first.line).", "Give each its own name.")
                return nil
            }
            return .init(name: name, options: check(merged(item), alone: items.count == 1))
        }
    }

    /// What stands under `with`; where that is no group, an empty one.
    private var shared: OptionNode {
        guard let node = group.node("with") else { return OptionNode(.group([]), at: group.keyPosition("publisher")) }
        if case .group = node.value { return node }
        if node.value != .scalar("") {
            findings.report(
                node.position, "`with` must be a group of keys.", "Write the publisher's options as `key: value` lines."
            )
        }
        return OptionNode(.group([]), at: node.position)
    }

    private func name(of item: OptionNode) -> (String, SourcePosition)? {
        guard case .group = item.value else {
            findings.report(
                item.position, "A target must be a group of keys.",
                "Write `- name: web-1` and, indented below it, the options that differ.")
            return nil
        }
        guard let node = item["name"] else {
            findings.report(item.position, "The target has no name.", "Add one, for example `name: web-1`.")
            return nil
        }
        guard let text = GroupReader.text(node, of: "name", findings),
            let name = GroupReader.name(text, at: node.position, findings)
        else { return nil }
        return (name, node.position)
    }

    /// Stands where the target does: what it lacks is to be added there.
    private func merged(_ item: OptionNode) -> OptionNode {
        guard case .group(let entries) = item.value else { return shared }
        let own = OptionNode(.group(entries.filter { $0.key != "name" }), at: item.position)
        return OptionNode(shared.overlaid(by: own).value, at: item.position)
    }

    private func check(_ options: OptionNode, alone: Bool) -> OptionTree {
        guard let manifest else { return OptionTree() }
        let check = manifest.options.check(
            options, variables: TemplateCatalog.names(for: manifest.options, isForChallenges: isForChallenges),
            contents: manifest.contents)
        for problem in check.problems {
            var problem = problem
            if problem.position == options.position, !alone, group.has("with") {
                problem.remedy += " What all targets share goes under `with`."
            }
            findings.report(problem)
        }
        return check.tree
    }
}
