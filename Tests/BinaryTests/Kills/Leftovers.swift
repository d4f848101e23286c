import Synchronization

/// What the run that nothing harmed leaves in its stage: no other may leave more, or other modes. It may leave less: a
/// later run sweeps what an earlier one gave up.
final class Leftovers: Sendable {
    private let before: [String]?
    private let expected = Mutex<[String]?>(nil)

    /// - Parameter before: what stands there before the run, where that is right as well.
    init(orBefore before: [String]?) { self.before = before }

    /// - Throws: `Wrong`.
    func compare(_ stage: Stage, isUnharmed: Bool) throws {
        let found = try stage.listing()
        let wanted = expected.withLock { expected in
            if isUnharmed, expected == nil { expected = found }
            return expected ?? found
        }
        if found == before { return }
        let more = found.difference(from: wanted).insertions.map { change in
            if case .insert(_, let line, _) = change { line } else { "" }
        }
        guard more.isEmpty else { throw Wrong("more is left, or with other modes: \(more)") }
    }
}
