import Automation
import Profiles
import Runner
import Storage

/// What saving a draft causes by itself, beyond the schedule of its stages.
struct FlowCauses: Sendable, Equatable {
    /// "nginx-fleet/web-1 gets version 7 Sat 28 Nov 00:12, in place of Tue 1 Dec 00:05"
    var publications: [String]
    /// Targets that are not managed any more: "profile/target".
    var released: [String]

    var isEmpty: Bool { publications.isEmpty && released.isEmpty }

    /// - Parameter consequences: of applying the draft; nil where it changes nothing.
    init(_ consequences: Consequences?, now: Instant) {
        released = consequences?.released ?? []
        guard let consequences else {
            publications = []
            return
        }
        let clock = FlowClock(zone: consequences.zone, now: now)
        publications = consequences.publications.map { publication in
            let what = "\(publication.target) gets version \(publication.version)"
            guard let run = publication.run else { return "\(what) never: no period of the window is open" }
            let before = publication.before.map { ", in place of \(clock.short($0))" } ?? ""
            return "\(what) \(clock.short(run.at))\(before)"
        }
    }
}

extension Desk {
    /// What saving `flow` causes.
    func causes(of flow: Flow, for record: CertificateRecord, now: Instant) async throws -> FlowCauses {
        var spec = CertificateSpec(record)
        spec.flow = flow
        // Applying a retired certificate takes it into service again; saving its flow does not.
        guard !record.isRetired else { return FlowCauses(nil, now: now) }
        return FlowCauses(try await consequences(of: [spec]).first, now: now)
    }
}
