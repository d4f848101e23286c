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
    let verdict: Verdict

    private enum CodingKeys: String, CodingKey {
        case name, subjects, issuer, fallback, version, notAfter, targets, next, nextReason, trouble, remedy
        case needsAttention, paused, revoked, retired, timeZone
    }

    init(_ standing: CertificateStanding) {
        let (certificate, state, now) = (standing.certificate, standing.state, standing.at)
        name = certificate.name
        subjects = certificate.subjects.map(\.description)
        issuer = certificate.issuer
        let choice = IssuerChoice(certificate, state)
        fallback = choice.isFallback(at: now) ? certificate.fallback?.issuer : nil
        version = state.current
        notAfter = state.life?.notAfter.rfc3339
        targets = standing.targets.map { Target($0, now: now) }
        needsAttention = standing.needsAttention
        next = standing.run?.at.rfc3339
        zone = certificate.flow.rules.window.zone
        nextReason = standing.run.map { [zone] in Wording.reason($0, in: zone) }
        trouble = state.trouble?.message
        remedy = [state.trouble?.remedy, choice.words(at: now)].compactMap { $0 }.joined(separator: " ")
        if state.trouble == nil { remedy = nil }
        paused =
            standing.isPaused
            ? certificate.pause.map { "by \($0.by)" + ($0.reason.isEmpty ? "" : ": \($0.reason)") } : nil
        revoked = state.revokedAt != nil
        retired = certificate.isRetired
        timeZone = zone.identifier
        end = state.life?.chainNotAfter
        nextRun = standing.run?.at
        renewsAtAll = certificate.flow.rules.renewalEnabled
        verdict = standing.figures.verdict(at: now)
    }
}

extension StatusReport.Target {
    init(_ standing: TargetStanding, now: Instant) {
        let placement = standing.placement
        self.init(
            name: placement.name, version: placement.held.map { $0.number ?? 0 }, published: standing.holdsCurrent,
            serving: standing.serving, provedAt: standing.proof?.at.rfc3339, next: standing.run?.at.rfc3339,
            waitsForWindow: standing.waitsForWindow(at: now), trouble: placement.trouble?.message,
            remedy: placement.trouble?.remedy,
            held: standing.hold.map { "by \($0.by)" + ($0.reason.isEmpty ? "" : ": \($0.reason)") },
            managed: standing.isManaged, notAfter: placement.held?.life.notAfter.rfc3339)
    }
}
