import Automation

/// Runs that are one to whoever reads them: a renewal, or the publication of one version to several targets at once.
struct FlowStep: Sendable {
    /// The first of them; they differ in their targets alone, and in what those hold.
    var first: ForecastRun
    /// "profile/target"; empty of a renewal.
    var targets: [String]
    /// The longest time that nothing valid is there before it; nil where there is none.
    var outage: Span?

    /// - Parameter runs: ascending.
    static func all(_ runs: [ForecastRun]) -> [FlowStep] {
        var steps: [FlowStep] = []
        for next in runs {
            let outage = next.replaces.flatMap { next.run.at > $0.chainNotAfter ? next.run.at - $0.chainNotAfter : nil }
            if let last = steps.last, last.first.stage == .publication, next.stage == .publication,
                last.first.version == next.version, last.first.run.at == next.run.at
            {
                var step = last
                step.targets += next.target.map { [$0] } ?? []
                step.outage = [last.outage, outage].compactMap { $0 }.max()
                steps[steps.count - 1] = step
            } else {
                steps.append(FlowStep(first: next, targets: next.target.map { [$0] } ?? [], outage: outage))
            }
        }
        return steps
    }

    /// "web/lb-1, web/lb-2 and 38 more"; empty of a renewal.
    var places: String {
        guard targets.count > 3 else { return WindowWords.list(targets) }
        return "\(targets.prefix(2).joined(separator: ", ")) and \(targets.count - 2) more"
    }
}
