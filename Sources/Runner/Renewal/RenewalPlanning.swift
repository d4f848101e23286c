import Automation
import Foundation
import Storage

/// Puts together what the planner needs to know of a renewal, from what the ledger holds.
public enum RenewalPlanning {
    /// What a person asked for and no attempt has served yet.
    static func isAskedByHand(_ certificate: CertificateRecord, _ state: RenewalState) -> Bool {
        certificate.renewalsAsked > state.renewalsDone
    }

    /// When the renewal runs, and why; nil where nothing is planned.
    ///
    /// - Parameter unheldPublication: where no target has held the current version: when its publication is planned.
    public static func run(
        _ certificate: CertificateRecord, _ state: RenewalState, unheldPublication: Instant?, now: Instant
    ) -> PlannedRun? {
        let retryAt = state.trouble?.retryAt
        if isAskedByHand(certificate, state) {
            return PlannedRun(due: now, at: now, cause: .byHand, move: .none, deadline: nil)
        }
        guard certificate.flow.rules.renewalEnabled, state.barred == nil else { return nil }
        guard let situation = situation(certificate, state, unheldPublication: unheldPublication) else {
            let since = certificate.createdAt
            return PlannedRun(
                due: since, at: max(now, retryAt ?? since), cause: .firstVersion, move: .none, deadline: nil)
        }
        return RenewalPlanner(certificate.flow.rules).plan(situation, now: now)
    }

    /// The current version as the planner sees it; nil before the first.
    public static func situation(
        _ certificate: CertificateRecord, _ state: RenewalState, unheldPublication: Instant?
    ) -> RenewalSituation? {
        guard state.current > 0, let life = state.life, let storedAt = state.storedAt else { return nil }
        return RenewalSituation(
            life: life, storedAt: storedAt, issuedHere: state.issuedHere, advice: state.advice,
            earlyAllowed: allowsEarly(state), revokedAt: state.revokedAt,
            reissueAskedAt: certificate.reissuesAsked > state.reissuesDone ? certificate.reissueAskedAt : nil,
            retryAt: state.trouble?.retryAt,
            unheldPublication: state.heldNumber >= state.current ? nil : unheldPublication,
            spread: certificate.spread(version: state.current))
    }

    /// An early request of the CA may break the guard once per version and once a day per certificate.
    private static func allowsEarly(_ state: RenewalState) -> Bool {
        guard let followed = state.earlyFollowedAt, let advice = state.advice else { return true }
        return state.earlyFollowedVersion != state.current && advice.learnt >= followed + .days(1)
    }

    /// The deadline by which overdue renewals are put in order.
    static func deadline(_ certificate: CertificateRecord, _ state: RenewalState) -> Instant {
        hardDeadline(certificate, state) ?? .distantFuture
    }

    /// By when a newer version must exist; nil before the first, and where the rule means to be late.
    static func hardDeadline(_ certificate: CertificateRecord, _ state: RenewalState) -> Instant? {
        situation(certificate, state, unheldPublication: nil)
            .flatMap { RenewalPlanner(certificate.flow.rules).deadline($0) }
    }

    /// When the work of this renewal is next looked at; nil where nothing is planned.
    public static func due(
        _ certificate: CertificateRecord, _ state: RenewalState, unheldPublication: Instant?, now: Instant
    ) -> DueRecord? {
        guard !certificate.isRetired, certificate.pause?.holds(at: now) != true || certificate.pause?.until != nil,
            state.trouble?.needsAttention != true || isAskedByHand(certificate, state),
            let run = run(certificate, state, unheldPublication: unheldPublication, now: now)
        else { return nil }
        let resumes = certificate.pause.flatMap { $0.holds(at: now) ? $0.until : nil }
        return DueRecord(
            WorkKey(.renewal, certificate.id),
            at: min(max(run.at, resumes ?? run.at), state.adviceDue ?? .distantFuture),
            deadline: deadline(certificate, state),
            group: WorkGroup.issuer(IssuerChoice(certificate, state).profile(at: max(run.at, now))),
            isManual: run.cause == .byHand)
    }
}
