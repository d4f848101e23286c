import Automation
import Foundation
import Storage

extension Desk {
    /// What takes the place of a version that was revoked.
    public enum Replacement: Sendable, Hashable {
        /// A renewal that was asked for with it, to be followed.
        case renewal(Asked)
        /// A renewal by the schedule, at once.
        case scheduled
        /// Nothing is needed: it was not the current version.
        case notCurrent
        /// Nothing: the certificate is out of service.
        case retired
        /// Nothing by itself: the version came from elsewhere, and auto-renewal is off.
        case notRenewed
    }

    /// Records that a version was revoked: a new one with a new key is made at once, and what waits of the revoked one
    /// is never published. What came from elsewhere is replaced only where auto-renewal is on: nobody has said yet who
    /// renews it.
    ///
    /// - Parameters:
    ///   - number: nil for the current version.
    ///   - told: what the issuer was told, where it revoked it for us; nil where somebody else did.
    ///   - asking: whether the renewal is asked for as one by hand, so that it can be followed.
    @discardableResult
    public func noteRevoked(
        _ name: String, version number: Int? = nil, told: [String: String]? = nil, asking: Bool = false
    ) async throws -> Replacement {
        try await act {
            let overview = try await overview(name)
            var certificate = overview.certificate
            let versions = try await ledger.versions(of: certificate.id, limit: .max)
            let version = try Self.version(number ?? overview.state.current, of: name, among: versions)
            let now = now()
            var act = Act(result: Self.replacement(of: version, overview))
            act.writes = [
                .markRevoked(
                    certificate: version.certificate, number: version.number, at: version.revokedAt ?? now)
            ]
            if asking, act.result == .scheduled {
                act.writes += renewing(&certificate)
                act.result = .renewal(
                    Asked(
                        certificate: name, work: WorkKey(.renewal, certificate.id), number: certificate.renewalsAsked))
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

    /// What takes the place of a version once it is known to be revoked.
    public static func replacement(of version: VersionRecord, _ overview: CertificateOverview) -> Replacement {
        let (certificate, state) = (overview.certificate, overview.state)
        if certificate.isRetired { return .retired }
        if version.number != state.current { return .notCurrent }
        return state.issuedHere || certificate.flow.rules.renewalEnabled ? .scheduled : .notRenewed
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
