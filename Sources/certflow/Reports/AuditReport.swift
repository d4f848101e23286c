import Automation
import Foundation
import Storage

/// The audit trail as it stands.
enum AuditReport {
    /// One element of `audit list --output json`, and one line of `--output jsonl`.
    struct Entry: Encodable {
        var sequence: Int64
        var at: String
        var actor: String
        var kind: String
        var certificate: String?
        var subject: String?
        var reason: String?
        var detail: [String: String]
        var chain: String
        var position: Int64
        /// HMAC-SHA-256, lower-case hexadecimal.
        var mac: String

        init(_ event: Event) {
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

        private static func present(_ text: String) -> String? { text.isEmpty ? nil : text }
    }

    static func print(_ events: [Event]) {
        guard !events.isEmpty else { return Console.line("There are no such events.") }
        let zone = ProgressPrinter.zone
        var table = Table("EVENT", "WHEN (\(zone.identifier))", "WHO", "CERTIFICATE", "WHAT")
        for event in events {
            table.add(
                .init(String(event.sequence), .faint), .init(LocalTime(event.draft.at, in: zone).words),
                .init(event.draft.actor), .init(event.draft.certificate.isEmpty ? "-" : event.draft.certificate),
                .init(EventWords(zone: zone).text(event.draft)))
        }
        table.print()
    }
}
