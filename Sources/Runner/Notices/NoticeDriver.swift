import Automation
import Foundation
import PluginKit
import Storage

/// Hands one notice to people; tried again like any stage.
struct NoticeDriver {
    private let claimed: Claimed

    init(_ runner: Runner, _ claim: Claim) {
        claimed = Claimed(claim: claim, outside: runner.outside, leases: runner.leases)
    }

    func drive() async throws {
        let outside = claimed.outside
        guard var record = try await outside.ledger.notice(claimed.claim.work.id), record.sentAt == nil,
            let send = outside.send
        else { return try await claimed.release(until: nil) }
        let notice = record.notice
        do {
            try await outside.clock.bounded("The alert command", outside.settings.callLimit) { try await send(notice) }
            record.sentAt = claimed.now
            let event = claimed.event("notice.sent", notice.certificate ?? "", subject: notice.id)
            try await claimed.release(until: nil, writes: [.putNotice(record)], events: [event])
        } catch {
            let failure = try StageFailure(classifying: error, step: "send", journalled: false)
            record.failures += 1
            record.lastFailure = failure.failure.message
            let share = outside.entropy(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            let next = RetryPolicy.next(
                after: record.failures, kind: .passing, stage: .publishing, at: claimed.now, replaced: nil,
                retryAfter: failure.failure.retryAfter.map(Instant.init), share: share)
            let event = claimed.event(
                "notice.failed", notice.certificate ?? "", subject: notice.id, reason: failure.failure.code)
            try await claimed.release(until: next, writes: [.putNotice(record)], events: [event])
            outside.report(
                ProgressNote(
                    at: claimed.now, kind: .failed, certificate: notice.certificate ?? "",
                    text: "the alert \"\(notice.title)\" could not be sent: \(failure.failure.message)"))
        }
    }
}
