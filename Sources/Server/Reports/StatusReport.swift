import Automation
import PluginKit
import Runner
import Storage

/// One certificate: what is renewed, published and serving. The form of an element of `status --output json`.
package struct StatusReport: Codable, Sendable {
    package struct Target: Codable, Sendable {
        /// "profile/target"
        package var name: String
        /// The version that it holds; nil for nothing, 0 for one that is not ours.
        package var version: Int?
        package var published: Bool
        /// "serving", "different", "unreachable", "not-checked"
        package var serving: String
        package var provedAt: String?
        package var next: String?
        /// Nothing but its window keeps it from starting.
        package var waitsForWindow: Bool
        package var trouble: String?
        package var remedy: String?
        package var held: String?
        /// The flow and the profile still name it.
        package var managed: Bool
        /// When what it holds ends.
        package var notAfter: String?
    }

    package var name: String
    package var subjects: [String]
    package var issuer: String
    /// The fallback issuer, where it is its turn.
    package var fallback: String?
    package var version: Int
    package var notAfter: String?
    /// When its chain ends, which may be sooner.
    package var chainNotAfter: String?
    package var renewalEnabled: Bool
    package var targets: [Target]
    package var next: String?
    package var nextReason: String?
    package var trouble: String?
    package var remedy: String?
    package var needsAttention: Bool
    package var paused: String?
    /// The current version was revoked, and no other is there yet.
    package var revoked: Bool
    package var retired: Bool
    package var timeZone: String

    /// How it stands as a whole.
    package var verdict: Verdict

    package var end: Instant? { chainNotAfter.flatMap { Instant(rfc3339: $0) } }
    package var zone: Zone { ZoneTable.shared[timeZone] ?? .utc }
    package var nextRun: Instant? { next.flatMap { Instant(rfc3339: $0) } }

    package init(_ standing: CertificateStanding) {
        let (certificate, state, now) = (standing.certificate, standing.state, standing.at)
        name = certificate.name
        subjects = certificate.subjects.map(\.description)
        issuer = certificate.issuer
        let choice = IssuerChoice(certificate, state)
        fallback = choice.isFallback(at: now) ? certificate.fallback?.issuer : nil
        version = state.current
        notAfter = state.life?.notAfter.rfc3339
        chainNotAfter = state.life?.chainNotAfter.rfc3339
        renewalEnabled = certificate.flow.rules.renewalEnabled
        targets = standing.targets.map { Target($0, now: now) }
        needsAttention = standing.needsAttention
        next = standing.run?.at.rfc3339
        let zone = certificate.flow.rules.window.zone
        nextReason = standing.run.map { Wording.reason($0, in: zone) }
        trouble = state.trouble?.message
        remedy = [state.trouble?.remedy, choice.words(at: now)].compactMap { $0 }.joined(separator: " ")
        if state.trouble == nil { remedy = nil }
        paused =
            standing.isPaused
            ? certificate.pause.map { "by \($0.by)" + ($0.reason.isEmpty ? "" : ": \($0.reason)") } : nil
        revoked = state.revokedAt != nil
        retired = certificate.isRetired
        timeZone = zone.identifier
        verdict = standing.figures.verdict(at: now)
    }
}

extension StatusReport.Target {
    package init(_ standing: TargetStanding, now: Instant) {
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
