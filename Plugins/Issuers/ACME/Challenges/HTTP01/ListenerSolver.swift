import PluginKit

/// Answers http-01 by our own listener (RFC 8555, 8.3).
struct ListenerSolver: ChallengeSolver {
    let places: [HostPort]
    let isStandard: Bool
    let listeners: ChallengeListeners

    func present(_ challenge: Challenge, _ journal: any Journal) async throws -> Handle {
        let checked = try CheckedChallenge(challenge, .http01)
        let claim = ListenerClaim(checked)
        let handle = try Handle(claim)
        try await journal.record(.presented, handle)
        try await listeners.http.present(
            checked.keyAuthorization, under: checked.token, claim: claim.claim, at: places, option: "http01.listen",
            isStandard: isStandard)
        return handle
    }

    func propagated(_ challenge: Challenge, _ handle: Handle) async throws -> Bool { true }

    func cleanUp(_ challenge: Challenge, _ handle: Handle) async throws {
        await listeners.http.withdraw(try handle.decode(ListenerClaim.self).claim)
    }
}
