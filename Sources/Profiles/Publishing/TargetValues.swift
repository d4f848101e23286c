import PluginKit

/// Asks for each target whether every variable that its options and commands name has a value there.
struct TargetValues {
    private let targets: [PublishingProfile.Target]
    private let isSole: Bool

    /// - Parameter isSole: whether the file lists no targets, so that options stand under `with` only.
    init(_ targets: [PublishingProfile.Target], isSole: Bool) {
        self.targets = targets
        self.isSole = isSole
    }

    func check(_ steps: TemplateChecker, _ findings: Findings) {
        for target in targets {
            var variables = TemplateVariables()
            for entry in TemplateCatalog.entries + TemplateCatalog.challengeEntries {
                variables.set(entry.name, to: "")
            }
            let given = TargetVariables(target.options)
            let unrendered = given.fill(&variables)
            var circles: [(name: String, position: SourcePosition)] = []
            var isMissing = false
            let options = target.options.templates.map { ($0.template.hostVariables, $0.position) }
            for (names, position) in options + steps.uses {
                for name in names.sorted() where variables[name] == nil {
                    if unrendered.contains(name) {
                        circles.append((name, position))
                    } else {
                        isMissing = true
                        findings.report(missing(name, target, position))
                    }
                }
            }
            guard !isMissing else { continue }  // what names a missing value is no circle
            for (name, position) in circles {
                findings.report(
                    position, "`\(name)` names itself, by way of other options.", "Write one of them out.")
            }
        }
    }

    private func missing(
        _ name: String, _ target: PublishingProfile.Target, _ position: SourcePosition
    ) -> OptionProblem {
        let option = name.split(separator: ".").last ?? ""
        return isSole
            ? OptionProblem(position, "`\(name)` has no value.", remedy: "Give `\(option)` under `with`.")
            : OptionProblem(
                position, "`\(name)` has no value for the target `\(target.name)`.",
                remedy: "Give `\(option)` in that target, or under `with` for all.")
    }
}
