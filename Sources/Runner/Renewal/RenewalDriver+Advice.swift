import Automation
import Foundation
import PluginKit
import Profiles
import Storage

extension RenewalDriver {
    /// How often the CA is asked at least and at most, whatever it says (RFC 9773, 4.3.2), against the life.
    private static func bounds(_ life: Life) -> ClosedRange<Span> {
        min(.minutes(1), life.length / 20)...min(.days(1), max(life.length / 10, .seconds(1)))
    }

    /// When it is asked again after it could not say anything (RFC 9773, 4.3.3): what passes by itself is tried again
    /// within the hour, all else after six.
    private static func pause(after failure: PluginFailure, at now: Instant) -> Instant {
        if let retryAfter = failure.retryAfter { return Instant(retryAfter) }
        return now + (failure.kind == .transient ? .hours(1) : .hours(6))
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
                context.state.adviceExplanation = Self.shown(advice.explanation)
                next = min(max(Instant(advice.askAgain), claimed.now + bounds.lowerBound), next)
            }
        } catch {
            // Advice is a courtesy: without it the rule stands.
            let failure = try StageFailure(classifying: error, step: "advice", journalled: false)
            tell(.note, context.certificate.name, "no advice on its renewal: \(failure.failure.message)")
            next = min(max(Self.pause(after: failure.failure, at: claimed.now), claimed.now + bounds.lowerBound), next)
        }
        context.state.adviceDue = next
        let isNews = context.state.advice != before
        let event = claimed.event(
            "renewal.advised", context.certificate.name,
            detail: context.state.advice.map {
                [
                    "from": $0.start.rfc3339, "to": $0.end.rfc3339,
                    "explanation": context.state.adviceExplanation ?? "",
                ]
            } ?? [:])
        try await claimed.commit(Change([.putRenewal(context.state)], events: isNews ? [event] : []))
        return isNews
    }

    /// Whether the issuer of that profile gives advice.
    func advises(_ profile: String) -> Bool {
        Issuers(claimed.outside).capabilities(profile: profile).contains(.advice)
    }

    /// A URL of the CA's as people may see it: it is never followed.
    private static func shown(_ explanation: String?) -> String? {
        guard let explanation, explanation.hasPrefix("https://") || explanation.hasPrefix("http://") else { return nil }
        let text = String(
            String.UnicodeScalarView(explanation.unicodeScalars.filter { $0.value > 32 && $0.value < 127 }))
        return String(text.prefix(500))
    }

    private func ask(_ version: VersionRecord, _ context: RenewalContext) async throws -> Advice? {
        let issuer = try await Issuers(claimed.outside).issuer(profile: version.issuer)
        guard let predecessor = try await predecessor(context, for: version.issuer) else { return nil }
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
