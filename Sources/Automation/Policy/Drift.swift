/// What to make of a target that shows something else than what was published there.
public enum Drift {
    public enum Shown: Sendable, Hashable {
        case expected
        /// One of our own versions, an older or a newer one.
        case ours(Life)
        /// A certificate that is not ours.
        case foreign(Life)
        case nothing
        /// It could not be looked at.
        case unreachable
    }

    public enum Judgement: Sendable, Hashable {
        case none
        /// Publish again; in the window while what is shown is valid, else by the last-resort answer.
        case repair
        /// Never overwritten by itself: it is not ours and lives longer than ours.
        case foreignOutlives
        /// Neither good nor bad: look again.
        case unknown
    }

    /// - Parameters:
    ///   - ours: the life of the version that was proved there.
    ///   - isHeld: rolled back or held targets are no drift.
    public static func judge(_ shown: Shown, ours: Life, isHeld: Bool) -> Judgement {
        switch shown {
        case .expected: .none
        case .unreachable: .unknown
        case _ where isHeld: .none
        case .foreign(let life) where life.notAfter > ours.notAfter: .foreignOutlives
        case .foreign, .ours, .nothing: .repair
        }
    }
}
