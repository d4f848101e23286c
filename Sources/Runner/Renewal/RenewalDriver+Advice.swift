import Automation
import Foundation
import PluginKit
import Profiles
import Storage

extension RenewalDriver {
    /// How often the CA is asked at least and at most, whatever it says (RFC 9773, 4.3.3), against the life.
    private static func bounds(_ life: Life) -> ClosedRange<Span> {
        min(.hours(1), life.length / 20)...min(.days(1), max(life.length / 10, .seconds(1)))
    }

    /// Asks the issuer when to replace the current version, where it says such things and it is time.
    /// - Returns: whether the plan has to be made anew.
    func takeAdvice(_ context: inout RenewalContext) async throws -> Bool {
        guard let due = context.state.adviceDue, due <= claimed.now, let version = context.current,
            let life = context.state.life, !context.certificate.isRetired
        else { return false }
        let before = context.state.advice
        guard context.state.issuedHere, life.isValid(at: claimed.now), advises(version.issuer) else {
            context.state.adviceDue = nil
            try await claimed.commit(Change([.putRenewal(context.state)]))
            return false
        }
        let bounds = Self.bounds(life)
        var next = claimed.now + bounds.upperBound
        do {
            if let advice = try await ask(version, context) {
                context.state.advice = Self.window(advice, before, at: claimed.now)
                next = min(max(Instant(advice.askAgain), claimed.now + bounds.lowerBound), next)
            }
        } catch {
            // Advice is a courtesy: without it the rule stands.
            let failure = try StageFailure(classifying: error, step: "advice", journalled: false)
            tell(.note, context.certificate.name, "no advice on its renewal: \(failure.failure.message)")
        }
        context.state.adviceDue = next
        let isNews = context.state.advice != before
        let event = claimed.event(
            "renewal.advised", context.certificate.name,
            detail: context.state.advice.map { ["from": $0.start.rfc3339, "to": $0.end.rfc3339] } ?? [:])
        try await claimed.commit(Change([.putRenewal(context.state)], events: isNews ? [event] : []))
        return isNews
    }

    /// Whether the issuer of that profile gives advice.
    func advises(_ profile: String) -> Bool {
        claimed.outside.profiles.current.issuing[profile]
            .flatMap { claimed.outside.registry.issuers[$0.issuer] }?
            .manifest.capabilities.contains(.advice) ?? false
    }

    private func ask(_ version: VersionRecord, _ context: RenewalContext) async throws -> Advice? {
        let issuer = try await Issuers(claimed.outside).issuer(profile: version.issuer)
        let predecessor = IssuanceRequest.Predecessor(facts: version.facts(certificate: context.certificate.name))
        return try await claimed.outside.clock.bounded("Advice", claimed.outside.settings.callLimit) {
            try await issuer.advice(for: predecessor)
        }
    }

    /// The window as the planner sees it; an unchanged one keeps the moment when it was learnt.
    private static func window(
        _ advice: Advice, _ before: RenewalSituation.CAWindow?, at now: Instant
    ) -> RenewalSituation.CAWindow? {
        let (start, end) = (Instant(advice.window.lowerBound), Instant(advice.window.upperBound))
        guard end > start else { return before }
        if let before, before.start == start, before.end == end { return before }
        return RenewalSituation.CAWindow(start: start, end: end, firstStart: before?.firstStart ?? start, learnt: now)
    }
}
