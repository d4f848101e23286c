import Automation
import Certificates
import Foundation
import PluginKit

extension LocalIssuer {
    /// When what signs next ends: the intermediate, or the one that would take its place at the next order.
    func expires() async throws -> Date? {
        guard let current = try await vault.intermediates().identities.first else {
            throw PluginFailure.authorityNotCreated()
        }
        return nextEnd(of: current, under: try await vault.root()).date
    }

    /// As the profile says; what its own end cuts off, `expires` says.
    func lifetime() async throws -> Duration? { settings.lifetime.duration }

    /// Says what the authority is, and warns of its end long before: from when less is left than a certificate lives,
    /// or than a tenth of the authority's own life.
    func check() async throws -> CheckReport {
        guard let current = try await vault.intermediates().identities.first else {
            let failure = PluginFailure.authorityNotCreated()
            return CheckReport([.init(.problem, failure.message, remedy: failure.remedy)])
        }
        let root = try await vault.root()
        var findings: [CheckReport.Finding] = []
        if let root { findings += judge(root, "root", end: root.certificate.notAfter) }
        findings += judge(current, "intermediate", end: lastEnd(of: current, under: root))
        if settings.lifetime > current.life {
            findings.append(
                .init(
                    .warning,
                    "Certificates are to live \(words(settings.lifetime)), but an intermediate lives only "
                        + "\(words(current.life)): they will end sooner.",
                    remedy: "Shorten `lifetime`, or make a new authority with a longer `intermediateLifetime`."))
        }
        if !settings.permittedNames.isEmpty {
            let names = settings.permittedNames.map(\.description).joined(separator: ", ")
            findings.append(.init(.fact, "It certifies only \(names)."))
        }
        return CheckReport(findings)
    }

    /// The end of what signs at the next order.
    private func nextEnd(of current: SigningIdentity, under root: SigningIdentity?) -> Instant {
        let wantsSuccessor = AuthorityBuilder(settings, context).wantsSuccessor(of: current)
        return wantsSuccessor ? lastEnd(of: current, under: root) : current.certificate.notAfter
    }

    /// The end of what would sign if a successor were made now.
    private func lastEnd(of current: SigningIdentity, under root: SigningIdentity?) -> Instant {
        guard let root, root.certificate.notAfter > now else { return current.certificate.notAfter }
        return max(current.certificate.notAfter, AuthorityBuilder(settings, context).end(under: root))
    }

    private func judge(_ identity: SigningIdentity, _ role: String, end: Instant) -> [CheckReport.Finding] {
        let certificate = identity.certificate
        let fact = CheckReport.Finding(
            .fact,
            "The \(role) \"\(certificate.subject)\" is valid from \(certificate.notBefore) to "
                + "\(certificate.notAfter), SHA-256 \(certificate.fingerprint).")
        if certificate.notBefore > now {
            let failure = PluginFailure.clockBehind(certificate, now: now)
            return [fact, .init(.problem, failure.message, remedy: failure.remedy)]
        }
        if end <= now {
            let failure = PluginFailure.authorityExpired(certificate)
            return [fact, .init(.problem, failure.message, remedy: failure.remedy)]
        }
        guard end - now < max(settings.lifetime, identity.life / 10) else { return [fact] }
        return [
            fact,
            .init(
                .warning,
                "The \(role) ends in \(words(end - now)); certificates issued from now on end with it at the "
                    + "latest.",
                remedy: "Make a new local authority under another profile name, let clients trust its root, and move "
                    + "the certificates there in time."),
        ]
    }

    private func words(_ span: Span) -> String {
        let seconds = span.seconds
        return OptionText.words(seconds: seconds >= 172_800 ? seconds / 86_400 * 86_400 : seconds)
    }
}
