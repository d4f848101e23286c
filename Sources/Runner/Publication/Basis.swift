import Automation
import Foundation
import Storage

/// What a trouble rests on: where profile, flow or a secret has changed, or the version was revoked, it is tried again
/// at once.
struct Basis {
    private let outside: RunnerDependencies

    init(_ outside: RunnerDependencies) { self.outside = outside }

    func of(_ context: PublicationContext) async throws -> String {
        let profile = outside.profiles.current.publishing[context.placement.profile]
        let target = profile?.targets.first { $0.name == context.placement.target }
        return try await text(
            profile?.digest, context.certificate.revision, target?.options.secretNames ?? [])
    }

    func of(_ context: RenewalContext) async throws -> String {
        let profile = outside.profiles.current.issuing[context.certificate.issuer]
        let text = try await text(profile?.digest, context.certificate.revision, profile?.options.secretNames ?? [])
        return context.state.revokedAt.map { "\(text)/revoked \($0.seconds)" } ?? text
    }

    private func text(_ digest: String?, _ revision: Int64, _ secrets: Set<String>) async throws -> String {
        var parts = [digest ?? "none", String(revision)]
        for name in secrets.sorted() {
            parts.append(try await outside.ledger.secret(named: name).map { String($0.setAt.seconds) } ?? "missing")
        }
        return parts.joined(separator: "/")
    }
}
