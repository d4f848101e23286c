import Automation
import PluginKit
import Runner
import Storage

/// One certificate: what is renewed, published and serving. The form of an element of `status --output json`.
struct StatusReport: Encodable {
    struct Target: Encodable {
        /// "profile/target"
        var name: String
        /// The version that it holds; nil for nothing, 0 for one that is not ours.
        var version: Int?
        var published: Bool
        /// "serving", "different", "unreachable", "not-checked"
        var serving: String
        var provedAt: String?
        var next: String?
        /// Nothing but its window keeps it from starting.
        var waitsForWindow: Bool
        var trouble: String?
        var remedy: String?
        var held: String?
        /// The flow and the profile still name it.
        var managed: Bool
        /// When what it holds ends.
        var notAfter: String?
    }

    var name: String
    var subjects: [String]
    var issuer: String
    /// The fallback issuer, where it is its turn.
    var fallback: String?
    var version: Int
    var notAfter: String?
    var targets: [Target]
    var next: String?
    var nextReason: String?
    var trouble: String?
    var remedy: String?
    var needsAttention: Bool
    var paused: String?
    /// The current version was revoked, and no other is there yet.
    var revoked: Bool
    var retired: Bool
    var timeZone: String

    /// Not part of the form: for the table.
    let zone: Zone
    let end: Instant?
    let nextRun: Instant?
    let renewsAtAll: Bool
    /// The earliest end of what targets hold.
    let firstEndServed: Instant?

    private enum CodingKeys: String, CodingKey {
        case name, subjects, issuer, fallback, version, notAfter, targets, next, nextReason, trouble, remedy
        case needsAttention, paused, revoked, retired, timeZone
    }

    init(_ overview: CertificateOverview, run: PlannedRun?, targets: [Target], now: Instant) {
        let (certificate, state) = (overview.certificate, overview.state)
        name = certificate.name
        subjects = certificate.subjects.map(\.description)
        issuer = certificate.issuer
        let choice = IssuerChoice(certificate, state)
        fallback = choice.isFallback(at: now) ? certificate.fallback?.issuer : nil
        version = state.current
        notAfter = state.life?.notAfter.rfc3339
        self.targets = targets
        let needsAttention = state.trouble?.needsAttention == true
        self.needsAttention =
            needsAttention || overview.placements.contains { $0.trouble?.needsAttention == true }
        // What waits for a person is not planned, whatever the rule says.
        let isPaused = certificate.pause?.holds(at: now) == true
        let planned = needsAttention || isPaused || certificate.isRetired ? nil : run
        next = planned?.at.rfc3339
        zone = certificate.flow.rules.window.zone
        nextReason = planned.map { [zone] in Wording.reason($0, in: zone) }
        trouble = state.trouble?.message
        remedy = [state.trouble?.remedy, choice.words(at: now)].compactMap { $0 }.joined(separator: " ")
        if state.trouble == nil { remedy = nil }
        paused = isPaused ? certificate.pause.map { "by \($0.by)" + ($0.reason.isEmpty ? "" : ": \($0.reason)") } : nil
        revoked = state.revokedAt != nil
        retired = certificate.isRetired
        timeZone = zone.identifier
        end = state.life?.chainNotAfter
        nextRun = planned?.at
        renewsAtAll = certificate.flow.rules.renewalEnabled
        firstEndServed = overview.placements.compactMap(\.held?.life.chainNotAfter).min()
    }
}
