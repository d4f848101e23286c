import Automation

extension PlanningRow {
    /// - Parameters:
    ///   - hasOpenIntent: a renewal was begun and is not through.
    ///   - dueAt: when the renewal is scheduled at present.
    public init(_ certificate: CertificateRecord, _ state: RenewalState, hasOpenIntent: Bool = false, dueAt: Instant?) {
        self.init(
            certificate: certificate.id, rules: certificate.flow.rules, issuer: certificate.issuer,
            seed: certificate.seed, isPlain: !hasOpenIntent && Self.isPlain(certificate, state),
            current: state.current, life: state.life, storedAt: state.storedAt, issuedHere: state.issuedHere,
            advice: state.advice, dueAt: dueAt)
    }

    /// No wish of a person, no trouble, and the version is held somewhere or is not to be published at all.
    private static func isPlain(_ certificate: CertificateRecord, _ state: RenewalState) -> Bool {
        !certificate.isRetired && certificate.pause == nil && state.current > 0
            && certificate.renewalsAsked == state.renewalsDone && certificate.reissuesAsked == state.reissuesDone
            && state.revokedAt == nil && state.trouble == nil && state.barred == nil
            && state.earlyFollowedAt == nil
            && (!certificate.flow.rules.publicationEnabled || state.heldNumber >= state.current)
    }
}
