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
        let mayRenew = certificate.flow.rules.renewalEnabled && state.barred == nil
        guard mayRenew || state.revokedAt != nil, certificate.flow.rules.renewalEnabled || state.current > 0 else {
            return nil
        }
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

    /// When the work of this renewal is next looked at: to renew, or where nothing will, to tell people in time that the
    /// end comes near. Nil where neither is left to do.
    public static func due(
        _ certificate: CertificateRecord, _ state: RenewalState, unheldPublication: Instant?, now: Instant
    ) -> DueRecord? {
        guard !certificate.isRetired else { return nil }
        let run = planned(certificate, state, unheldPublication: unheldPublication, now: now)
        let looked = run == nil ? state.life.flatMap { AlertPolicy.nextLevel(of: $0, after: now) } : nil
        let resumes = certificate.pause.flatMap { $0.holds(at: now) ? $0.until : nil }
        let starts = run.map { max($0.at, resumes ?? $0.at) }
        guard let at = [starts, looked, state.adviceDue].compactMap({ $0 }).min() else { return nil }
        return DueRecord(
            WorkKey(.renewal, certificate.id), at: at, deadline: deadline(certificate, state),
            group: WorkGroup.issuer(IssuerChoice(certificate, state).profile(at: max(run?.at ?? now, now))),
            isManual: run?.cause == .byHand)
    }

    /// The run, where nobody keeps it from starting for good.
    private static func planned(
        _ certificate: CertificateRecord, _ state: RenewalState, unheldPublication: Instant?, now: Instant
    ) -> PlannedRun? {
        guard certificate.pause?.holds(at: now) != true || certificate.pause?.until != nil,
            state.trouble?.needsAttention != true || isAskedByHand(certificate, state)
        else { return nil }
        return run(certificate, state, unheldPublication: unheldPublication, now: now)
    }
}
