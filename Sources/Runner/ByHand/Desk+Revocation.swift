import Automation
import Foundation
import Storage

extension Desk {
    /// Records that a version was revoked: a new one with a new key is made at once, and what waits of the revoked one
    /// is never published.
    ///
    /// - Parameter number: nil for the current version.
    public func noteRevoked(_ name: String, version number: Int? = nil) async throws {
        let overview = try await overview(name)
        let number = number ?? overview.state.current
        let versions = try await ledger.versions(of: overview.certificate.id, limit: .max)
        guard let version = versions.first(where: { $0.number == number }) else {
            throw DeskRefusal(
                "version.unknown", "\(name) has no version \(number).", remedy: "See `certflow show \(name)`.")
        }
        let now = now()
        let work = WorkKey(.renewal, overview.certificate.id)
        let due = DueRecord(
            work, at: now, deadline: now + .hours(24), group: WorkGroup.issuer(overview.certificate.issuer))
        var writes: [Change.Write] = [
            .markRevoked(certificate: version.certificate, number: number, at: version.revokedAt ?? now), .hasten(due),
        ]
        writes += overview.placements.map { .hasten(PublicationPlanning.dueNow($0, at: now)) }
        var event = event("version.revoked", name)
        event.detail = ["version": String(number)]
        try await commit(writes, [event])
    }
}
