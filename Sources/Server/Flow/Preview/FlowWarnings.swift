import Automation
import Profiles
import Runner

/// What the flows of certificates that are applied cause, and people are to think about: by their names.
package struct FlowWarnings: Sendable {
    /// So many certificates are looked at: a year's forecast of each takes its time.
    package static let limit = 1000

    private(set) var byName: [String: [FlowWarning]] = [:]

    /// Looks a year ahead for each flow that is new, another, or in service again.
    package init(of specs: [CertificateSpec], _ desk: Desk, _ foresight: Foresight, now: Instant) async throws {
        for spec in specs where byName.count < Self.limit {
            guard let overview = try await desk.overviewWithNewFlow(of: spec) else { continue }
            let preview = try await foresight.preview(of: overview, under: spec.flow, now: now)
            byName[spec.name] = preview.warnings.filter { $0.confirmation != nil }
        }
    }
}
