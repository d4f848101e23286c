import Automation
import Foundation
import Storage

extension Desk {
    /// Records that a version was revoked: a new one with a new key is made at once, and what waits of the revoked one
    /// is never published.
    ///
    /// - Parameters:
    ///   - number: nil for the current version.
    ///   - told: what the issuer was told, where it revoked it for us; nil where somebody else did.
    /// - Returns: the renewal that was asked for with it, to be followed; nil where it is left to the schedule.
    @discardableResult
    public func noteRevoked(
        _ name: String, version number: Int? = nil, told: [String: String]? = nil
    ) async throws -> Asked? {
        try await act {
            let overview = try await overview(name)
            var certificate = overview.certificate
            let versions = try await ledger.versions(of: certificate.id, limit: .max)
            let version = try Self.version(number ?? overview.state.current, of: name, among: versions)
            let now = now()
            let isCurrent = version.number == overview.state.current
            var act = Act<Asked?>(result: nil)
            act.writes = [
                .markRevoked(
                    certificate: version.certificate, number: version.number, at: version.revokedAt ?? now)
            ]
            if told != nil, isCurrent, !certificate.isRetired, certificate.flow.rules.renewalEnabled {
                act.writes += renewing(&certificate)
                act.result = Asked(
                    certificate: name, work: WorkKey(.renewal, certificate.id), number: certificate.renewalsAsked)
            } else {
                let group = WorkGroup.issuer(certificate.issuer)
                act.writes.append(
                    .hasten(
                        DueRecord(WorkKey(.renewal, certificate.id), at: now, deadline: now + .hours(24), group: group)
                    ))
            }
            act.writes += overview.placements.map { .hasten(PublicationPlanning.dueNow($0, at: now)) }
            var event = event("version.revoked", name)
            event.detail = told ?? [:]
            event.detail["version"] = String(version.number)
            act.events = [event]
            return act
        }
    }

    /// - Throws: `DeskRefusal` where there is none of that number.
    static func version(_ number: Int, of name: String, among versions: [VersionRecord]) throws -> VersionRecord {
        guard let version = versions.first(where: { $0.number == number }) else {
            throw DeskRefusal(
                "version.unknown", "\(name) has no version \(number).", remedy: "See `certflow show \(name)`.")
        }
        return version
    }
}
