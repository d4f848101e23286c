import Automation
import Storage

/// Which of its issuers a certificate is asked from (DESIGN.md, section 1: an issuing profile).
public struct IssuerChoice: Sendable {
    let certificate: CertificateRecord
    let trouble: Trouble?

    public init(_ certificate: CertificateRecord, _ state: RenewalState) {
        self.certificate = certificate
        trouble = state.trouble
    }

    public func isFallback(at now: Instant) -> Bool {
        certificate.fallback != nil && trouble?.turns?.isFallbacks(at: now) == true
    }

    /// The issuing profile for what is begun at that moment.
    public func profile(at now: Instant) -> String {
        guard let fallback = certificate.fallback, isFallback(at: now) else { return certificate.issuer }
        return fallback.issuer
    }

    /// Decides, in the trouble that a failure led to, who is asked next and when.
    ///
    /// - Parameters:
    ///   - issuer: the profile that failed.
    ///   - isCommitted: it was told to issue: then its result is awaited, whoever's turn it would be.
    ///   - deadline: by when a newer version must exist.
    func decide(
        _ next: inout Trouble, failed issuer: String, isCommitted: Bool, deadline: Instant?, at now: Instant
    ) {
        guard let fallback = certificate.fallback, let retryAt = next.retryAt else { return }
        if issuer == fallback.issuer {
            next.turns = trouble?.turns?.fallbackFailed(retryAt: retryAt)
            return
        }
        let turns = IssuerTurns.firstFailed(
            fallback, since: next.since, retryAt: retryAt, deadline: deadline, before: trouble?.turns, at: now)
        next.turns = turns
        // The fallback need not wait for what the first asked for.
        if !isCommitted { next.retryAt = min(retryAt, max(turns.from, now + .seconds(1))) }
    }

    /// Whose turn it is where that issuer can bring no later end; nil where nobody is left.
    func turns(without issuer: String, at now: Instant) -> IssuerTurns? {
        guard let fallback = certificate.fallback, issuer != fallback.issuer else { return nil }
        return .firstCannot(at: now)
    }

    /// What is said of it beside the trouble; nil where there is none, or no fallback.
    public func words(at now: Instant) -> String? { words(trouble, at: now) }

    func words(_ trouble: Trouble?, at now: Instant) -> String? {
        guard let fallback = certificate.fallback, let turns = trouble?.turns else { return nil }
        if turns.isFirstsTurn { return "The next try is at \(certificate.issuer) again: the fallback failed as well." }
        return turns.from > now
            ? "From \(turns.from) on it is tried at the fallback issuer \(fallback.issuer)."
            : "It is tried at the fallback issuer \(fallback.issuer) next."
    }
}
