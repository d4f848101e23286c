import PluginKit

/// Answers tls-alpn-01 by our own listener (RFC 8737; for addresses RFC 8738).
struct ALPNSolver: ChallengeSolver {
    let places: [HostPort]
    let isStandard: Bool
    let listeners: ChallengeListeners
    let context: PluginContext

    func present(_ challenge: Challenge, _ journal: any Journal) async throws -> Handle {
        let checked = try CheckedChallenge(challenge, .tlsALPN01)
        let certificate = try ALPNCertificate(checked, context)
        let claim = ListenerClaim(checked)
        let handle = try Handle(claim)
        try await journal.record(.presented, handle)
        try await listeners.tls.present(
            certificate, under: ALPNCertificate.serverName(of: checked.subject), claim: claim.claim, at: places,
            option: "tlsALPN01.listen", isStandard: isStandard)
        return handle
    }

    func propagated(_ challenge: Challenge, _ handle: Handle) async throws -> Bool { true }

    func cleanUp(_ challenge: Challenge, _ handle: Handle) async throws {
        await listeners.tls.withdraw(try handle.decode(ListenerClaim.self).claim)
    }
}
