import Automation
import Foundation
import Storage

/// The audit trail as it stands.
package enum AuditReport {
    /// One element of `audit list --output json`, and one line of `--output jsonl`.
    package struct Entry: Codable, Sendable {
        package var sequence: Int64
        package var at: String
        package var actor: String
        package var kind: String
        package var certificate: String?
        package var subject: String?
        package var reason: String?
        package var detail: [String: String]
        package var chain: String
        package var position: Int64
        /// HMAC-SHA-256, lower-case hexadecimal.
        package var mac: String

        package init(_ event: Event) {
            sequence = event.sequence
            at = event.draft.at.rfc3339
            actor = event.draft.actor
            kind = event.draft.kind
            certificate = Self.present(event.draft.certificate)
            subject = Self.present(event.draft.subject)
            reason = Self.present(event.draft.reason)
            detail = event.draft.detail
            chain = event.chain
            position = event.position
            mac = event.mac.map { String(format: "%02x", $0) }.joined()
        }

        /// As the ledger has it; `Instant.distantPast` where another program wrote no time there.
        package var draft: EventDraft {
            EventDraft(
                at: Instant(rfc3339: at) ?? .distantPast, actor: actor, kind: kind, certificate: certificate ?? "",
                subject: subject ?? "", reason: reason ?? "", detail: detail)
        }

        private static func present(_ text: String) -> String? { text.isEmpty ? nil : text }
    }
}
