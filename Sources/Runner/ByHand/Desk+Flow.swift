import Automation
import PluginKit
import Profiles
import Storage

extension Desk {
    /// Gives a certificate another flow; nothing else of it changes.
    ///
    /// - Parameter revision: of the certificate whose flow was looked at.
    /// - Returns: the certificate as it is then, with its next revision.
    /// - Throws: `DeskRefusal.flowChanged` where the certificate has another revision by now.
    public func setFlow(_ name: String, to flow: Flow, revision: Int64) async throws -> CertificateRecord {
        try await act {
            let overview = try await overview(name)
            let known = overview.certificate
            guard known.revision == revision else { throw DeskRefusal.flowChanged(name, revision, known.revision) }
            guard known.flow != flow else { return Act(result: known) }
            let old = CertificateSpec(known)
            var spec = old
            spec.flow = flow
            try await refuseSecondOwners(of: [spec])
            let now = now()
            var record = known
            record.take(flow, at: now)
            let writes =
                [.changeCertificate(record)] + (try await placements(of: record, existing: overview.placements))
                + renewalAnew(record, overview.state, at: now)
            var event = event("flow.changed", name)
            for change in spec.changes(from: old) {
                event.detail["\(change.title), before"] = change.before
                event.detail["\(change.title), after"] = change.after
            }
            event.detail["what"] = spec.differences(from: old).joined(separator: "; ")
            event.detail["revision"] = String(revision + 1)
            record.revision = revision + 1
            return Act(result: record, writes: writes, events: [event])
        }
    }
}

extension DeskRefusal {
    /// The revision that a flow was changed on is not the stored one any more.
    public static let flowConflict = "flow.changed-meanwhile"

    static func flowChanged(_ name: String, _ seen: Int64, _ stored: Int64) -> Self {
        Self(
            flowConflict,
            "The certificate \"\(name)\" was changed meanwhile: it has revision \(stored), and what you changed was "
                + "revision \(seen).",
            remedy: "Look at what changed there, and put your changes on top of it.")
    }
}

extension CertificateRecord {
    /// Takes another flow; from now on is wanted what was not wanted at those places before.
    mutating func take(_ flow: Flow, at now: Instant) {
        let published = (self.flow.rules.publicationEnabled, self.flow.profiles)
        if published != (flow.rules.publicationEnabled, flow.profiles) { publicationSince = now }
        self.flow = flow
    }
}
