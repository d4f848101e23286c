extension Trace {
    /// The sync labels that nobody would miss: with all syncs of that label taken from the trace, no rule is broken and
    /// no image fails. Each is a sync the program does not need, or one that no test guards.
    ///
    /// - Parameters:
    ///   - rules: what must notice.
    ///   - imagesFail: whether a check of power-loss images of this trace fails; asked only where no rule notices.
    /// - Throws: ``FaultKitError`` where the whole trace breaks a rule already, and what `imagesFail` throws.
    public func syncsNobodyMisses(
        rules: [TraceRule], imagesFail: (Trace) async throws -> Bool = { _ in false }
    ) async throws -> [String] {
        let broken = violations(of: rules)
        guard broken.isEmpty else { throw FaultKitError.alreadyBroken(broken) }
        var missedByNobody: [String] = []
        for label in syncLabels.sorted() {
            let without = removing(syncsLabelled: label)
            if !without.violations(of: rules).isEmpty { continue }
            if try await imagesFail(without) { continue }
            missedByNobody.append(label)
        }
        return missedByNobody
    }
}
