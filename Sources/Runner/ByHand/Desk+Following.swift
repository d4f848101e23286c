import Automation
import Storage

extension Desk {
    /// What became of a request.
    public enum Outcome: Sendable, Hashable {
        /// Not served yet.
        case open
        /// Served by this attempt, once and for all.
        case ended(AttemptRecord)
        /// Somebody asked for something else of the same target before it was served.
        case replaced(by: String)
        /// The certificate or the target was removed meanwhile.
        case gone
    }

    public func outcome(of asked: Asked) async throws -> Outcome {
        let done: Int
        switch asked.work.kind {
        case .renewal:
            guard let overview = try await ledger.overview(asked.work.id) else { return .gone }
            done = overview.state.renewalsDone
        default:
            guard let placement = try await ledger.placement(asked.work.id) else { return .gone }
            done = placement.wishesDone
        }
        guard done >= asked.number else {
            guard let deed = asked.deed else { return .open }
            let wish = try await ledger.wish(of: asked.work.id)
            return wish.asked > asked.number && wish.deed != deed ? .replaced(by: wish.by) : .open
        }
        // Read newest first; the oldest that counted as far is the one.
        let attempts = try await ledger.attempts(of: nil, work: asked.work, limit: 100)
        guard let attempt = attempts.last(where: { $0.serves ?? 0 >= asked.number }) else { return .gone }
        if attempt.serves ?? 0 > asked.number, let deed = asked.deed {
            let wish = try await ledger.wish(of: asked.work.id)
            if wish.deed != deed { return .replaced(by: wish.by) }
        }
        return .ended(attempt)
    }
}
