import Automation
import Storage

/// What people asked for of one placement, and what serves it.
extension PublicationContext {
    /// What a person asked for and nothing has served yet.
    var pendingDeed: PlacementWish.Deed? { wish.asked > placement.wishesDone ? wish.deed : nil }

    var isPublishAsked: Bool { if case .publish? = pendingDeed { true } else { false } }

    /// The number of the request that is served now, whatever comes of it; nil where there is none, or it waits for a
    /// later time.
    func request(dueAt now: Instant) -> Int? {
        guard pendingDeed != nil, (wish.notSooner ?? now) <= now else { return nil }
        return wish.asked
    }

    /// The number of the request that a publication serves. One that a crash interrupted may have been begun for
    /// something else: then the request is still open after it.
    func request(servedBy version: Int, _ cause: Cause, at now: Instant) -> Int? {
        guard let number = request(dueAt: now) else { return nil }
        switch pendingDeed {
        case .publish?:
            let newest = versions.first { $0.revokedAt == nil }?.number
            return cause != .rolledBack && version == newest ? number : nil
        case .rollback(let wanted)?: return cause == .rolledBack && (wanted ?? version) == version ? number : nil
        case .prove?, .clean?, nil: return nil
        }
    }

    /// Whether a place may be taken from its owner: only by the request that says so, never by a later publication.
    var takesOver: Bool { isPublishAsked && wish.takesOver }

    /// A request that is open still is looked at once the present work ends.
    func requestLeft(at now: Instant) -> [Change.Write] {
        guard pendingDeed != nil else { return [] }
        return [.hasten(PublicationPlanning.dueNow(placement, at: max(now, wish.notSooner ?? now), byHand: true))]
    }

    /// The version to which a rollback leads.
    /// - Parameter wanted: by its number; nil for the newest before the one that is held.
    /// - Returns: nil where there is none that is still valid.
    func rollbackVersion(to wanted: Int?, at now: Instant) -> Int? {
        let held = placement.held?.number ?? .max
        let earlier = publications.filter { $0.state.isHeld && $0.version < held }.map(\.version)
        return (wanted.map { [$0] } ?? earlier).first { number in
            version(number).map { $0.life.isValid(at: now) && $0.revokedAt == nil } ?? false
        }
    }
}
