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

    /// Nil where the CA gives none that can be followed: a window that ends before it begins, or can't be read, counts
    /// as no answer.
    /// - Throws: `ServerRefusal`, `PluginFailure`.
    static func advice(_ certificate: CertificateIdentifier, _ session: Session) async throws -> Advice? {
        guard let base = session.directory.renewalInfo else { return nil }
        let response = try await session.get("\(base)/\(certificate)", "renewal information")
        return advice(response, now: session.clock.now)
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
