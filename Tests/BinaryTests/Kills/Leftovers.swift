import Synchronization

/// What the run that nothing harmed leaves in its stage: no other may leave more or less, or other modes.
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
        let changes = found.difference(from: wanted)
        guard changes.isEmpty else {
            let lines = changes.map { change in
                switch change {
                case .insert(_, let line, _): "more: \(line)"
                case .remove(_, let line, _): "missing: \(line)"
                }
            }
            throw Wrong("what is left differs: \(lines)")
        }
    }
}
