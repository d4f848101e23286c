import Automation
import Foundation
import PluginKit
import Storage

/// Turns trouble into notices: one per level of urgency, and one when it is over.
struct Alarms {
    let outside: RunnerDependencies

    init(_ outside: RunnerDependencies) { self.outside = outside }

    /// What has to be written so that people learn of `trouble`; marks in it what they will be told.
    /// - Parameter more: what else is worth a line.
    func writes(
        _ trouble: inout Trouble?, subject: String, certificate: String, atStake: Life?, more: String? = nil,
        now: Instant
    ) async throws -> [Change.Write] {
        guard var current = trouble else { return [] }
        let level = AlertPolicy.level(failures: current.failures, atStake: atStake, now: now)
        guard level > current.told else { return [] }
        current.told = level
        trouble = current
        var lines = [current.message, current.remedy]
        if let step = current.step { lines.append("Step: \(step).") }
        lines.append("Failures in a row: \(current.failures), since \(current.since).")
        if let atStake { lines.append("What is in use ends \(atStake.chainNotAfter).") }
        lines.append(
            current.needsAttention
                ? "Nothing more is tried until somebody acts."
                : current.retryAt.map { "The next try is no sooner than \($0)." } ?? "")
        if let more { lines.append(more) }
        if let output = current.output, !output.isEmpty { lines.append("Output:\n\(output.prefix(2000))") }
        return try await notice(
            title: "\(subject) failed (\(level.words))", body: lines.filter { !$0.isEmpty }.joined(separator: "\n"),
            certificate: certificate, level: level, now: now)
    }

    /// What has to be written so that those who were told of trouble learn that it is over.
    func recovery(
        _ trouble: Trouble?, subject: String, certificate: String, more: String? = nil, now: Instant
    ) async throws -> [Change.Write] {
        guard let trouble, trouble.told > .none else { return [] }
        let lines = ["It had failed \(trouble.failures) times since \(trouble.since).", more].compactMap { $0 }
        return try await notice(
            title: "\(subject) succeeded again", body: lines.joined(separator: "\n"), certificate: certificate,
            level: .none, now: now)
    }

    func notice(
        title: String, body: String, certificate: String?, level: AlertPolicy.Level, now: Instant
    ) async throws -> [Change.Write] {
        guard let id = try await outside.ledger.newIDs(1).first else { return [] }
        // With its time: another home, or one that was put back from a backup, counts to the same number.
        let notice = Notice(id: "certflow-\(id)-\(now.seconds)", title: title, body: body, certificate: certificate)
        let record = NoticeRecord(id: id, notice: notice, level: level, createdAt: now)
        guard outside.send != nil else { return [.putNotice(record)] }
        return [
            .putNotice(record),
            .schedule(DueRecord(WorkKey(.notice, id), at: now, deadline: now, group: WorkGroup.notices)),
        ]
    }
}
