import Automation
import Profiles
import Runner
import Storage

/// Warnings of the flows of files that are applied, by the names of their certificates.
package struct FlowWarnings: Sendable {
    private(set) var byName: [String: [FlowWarning]] = [:]

    package init() {}

    /// Looks a year ahead for each flow that is new or another; for nothing that stays as it is.
    /// - Parameter limit: for so many certificates at most.
    package init(
        of specs: [CertificateSpec], _ ledger: any LedgerReading, _ foresight: Foresight, limit: Int = 1000,
        now: Instant
    ) async throws {
        for spec in specs where byName.count < limit {
            guard let overview = try await Self.overview(of: spec, ledger, now) else { continue }
            byName[spec.name] = try await foresight.preview(of: overview, under: spec.flow, now: now).warnings
        }
    }

    /// As it is, or would be at first; nil where its flow stays as it is.
    private static func overview(
        of spec: CertificateSpec, _ ledger: any LedgerReading, _ now: Instant
    ) async throws -> CertificateOverview? {
        guard let known = try await ledger.certificate(named: spec.name) else {
            return CertificateOverview(
                certificate: CertificateRecord(spec, id: 0, seed: 0, createdAt: now),
                state: RenewalState(certificate: 0), placements: [])
        }
        return spec.flow == known.flow ? nil : try await ledger.overview(known.id)
    }
}
