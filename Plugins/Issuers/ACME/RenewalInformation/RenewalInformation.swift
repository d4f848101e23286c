import Automation
import Curl
import Foundation
import PluginKit

/// When a CA advises to replace a certificate (RFC 9773, 4.2).
enum RenewalInformation {
    /// Between two questions at least, at most, and where the CA says nothing.
    private static let (least, most, usual): (TimeInterval, TimeInterval, TimeInterval) = (60, 86_400, 21_600)

    private struct Form: Decodable {
        struct Window: Decodable {
            var start: String
            var end: String
        }
        var suggestedWindow: Window
        var explanationURL: String?
    }

    /// Nil where the CA offers none.
    /// - Throws: `ServerRefusal`; `PluginFailure` (`acme.bad-advice`) where what it says can't be followed: a window that
    ///   ends before it begins counts as no answer, and is not asked for again for six hours (RFC 9773, 4.2 and 4.3.3).
    static func advice(_ certificate: CertificateIdentifier, _ session: Session) async throws -> Advice? {
        guard let base = session.directory.renewalInfo else { return nil }
        let response = try await session.get("\(base)/\(certificate)", "renewal information")
        let now = session.clock.now
        guard let advice = advice(response, now: now) else {
            throw PluginFailure.badAdvice(session.host, until: now.addingTimeInterval(usual))
        }
        return advice
    }

    static func advice(_ response: HTTPResponse, now: Date) -> Advice? {
        guard let form = try? JSONDecoder().decode(Form.self, from: response.body),
            let start = Instant(rfc3339: form.suggestedWindow.start)?.date,
            let end = Instant(rfc3339: form.suggestedWindow.end)?.date, end > start
        else { return nil }
        let asked = RetryAfter.moment(response, now: now, longest: most) ?? now.addingTimeInterval(usual)
        return Advice(
            window: start..<end, explanation: form.explanationURL.flatMap(explanation),
            askAgain: max(asked, now.addingTimeInterval(least)))
    }

    /// Shown to people, never fetched.
    private static func explanation(_ text: String) -> String? {
        URLRules.authority(of: text) == nil ? nil : ShownText(text).description
    }
}
