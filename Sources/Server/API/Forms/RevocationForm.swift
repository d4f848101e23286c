import Automation
import Runner
import Storage

/// What a revocation does, or did.
package struct RevocationForm: Codable, Sendable {
    package enum Replacement: String, Codable, Sendable, CaseIterable {
        /// A new version with a new key is asked for at once.
        case issued
        case notCurrent = "not-current"
        case retired
        /// Imported, with auto-renewal off.
        case notRenewed = "not-renewed"
    }

    package var certificate: String
    package var version: Int
    /// The issuing profile that is asked; absent where somebody else revoked it.
    package var issuer: String?
    /// The CA said that it had been revoked before.
    package var wasRevoked: Bool
    /// Later versions with the same key: they are no safer.
    package var sameKey: [Int]
    /// "profile/target" of those that hold it.
    package var heldBy: [String]
    package var replacement: Replacement
    /// The renewal that replaces it; absent where there is none, or nothing was done.
    package var asked: AskedForm?
    package var dryRun: Bool

    init(_ version: VersionRecord, of overview: CertificateOverview) {
        certificate = overview.certificate.name
        self.version = version.number
        wasRevoked = version.revokedAt != nil
        sameKey = []
        heldBy = overview.placements.filter { $0.held?.number == version.number }.map(\.name)
        replacement = .notCurrent
        dryRun = true
        take(Desk.replacement(of: version, overview))
    }

    /// What came of it, or would.
    mutating func take(_ outcome: Desk.Replacement) {
        switch outcome {
        case .renewal(let asked): (replacement, self.asked) = (.issued, AskedForm(asked))
        case .scheduled: replacement = .issued
        case .notCurrent: replacement = .notCurrent
        case .retired: replacement = .retired
        case .notRenewed: replacement = .notRenewed
        }
    }
}
