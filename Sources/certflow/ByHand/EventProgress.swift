import Automation
import Foundation
import Runner
import Storage

/// What a runner in another process does for a request, read from the audit trail, as the progress that it is.
struct EventProgress {
    private let ledger: any LedgerReading
    private let certificates: Set<String>
    private let targets: Set<String>
    private var last: Int64

    /// From now on.
    init(_ ledger: any LedgerReading, _ asked: [Desk.Asked], after sequence: Int64) {
        self.ledger = ledger
        certificates = Set(asked.map(\.certificate))
        targets = Set(asked.map { $0.target ?? "" })
        last = sequence
    }

    /// What happened since the last time.
    mutating func notes() async throws -> [ProgressNote] {
        var notes: [ProgressNote] = []
        while true {
            let events = try await ledger.events(after: last, certificate: nil, limit: 200)
            guard let end = events.last else { return notes }
            last = end.sequence
            notes += events.map(\.draft)
                .filter { certificates.contains($0.certificate) && targets.contains($0.subject) }.compactMap(Self.note)
        }
    }

    /// Nil where it is no news of the work.
    static func note(_ event: EventDraft) -> ProgressNote? {
        guard event.actor == "runner", let (kind, text) = words(event) else { return nil }
        return ProgressNote(
            at: event.at, kind: kind, certificate: event.certificate,
            target: event.subject.isEmpty ? nil : event.subject, text: text)
    }

    private static func words(_ event: EventDraft) -> (ProgressNote.Kind, String)? {
        let version = event.detail["version"] ?? ""
        let reason = event.reason.isEmpty ? event.detail["code"] ?? "" : event.reason
        switch event.kind {
        case "intent.opened": return (.started, "renewal begun: \(event.detail["cause"] ?? "")")
        case "intent.pending":
            return (.waiting, "the issuer asks to come back at \(event.detail["until"] ?? "a later time")")
        case "version.stored":
            return (
                .stored,
                "version \(version) issued by \(event.detail["issuer"] ?? ""), ends \(event.detail["notAfter"] ?? "")"
            )
        case "publication.begun", "publication.begun-outside-window":
            return (.started, "publishing version \(version): \(event.detail["cause"] ?? "")")
        case "publication.serving": return (.proved, "version \(version) is served")
        case "publication.not-checked": return (.published, "version \(version) published, not checked")
        case "publication.rolling-back": return (.note, "putting back what was there: \(reason)")
        case "publication.rolled-back": return (.rolledBack, "what was there before is back")
        case "proof.serving": return (.proved, "version \(version) is in place")
        case "target.cleaned": return (.note, event.detail["what"] ?? "cleaned")
        case "proof.different": return (.failed, "shows something else than version \(version)")
        case "proof.unreachable": return (.failed, "could not be looked at")
        case "renewal.barred", "renewal.needs-attention", "publication.needs-attention", "request.declined":
            return (.failed, reason)
        case "renewal.failed": return (.failed, "renewal failed (\(reason))")
        case "publication.failed":
            let what = version.isEmpty ? "" : "version \(version) "
            return (.failed, "\(what)failed at the step \(event.detail["step"] ?? "") (\(reason))")
        default: return nil
        }
    }
}
