import Automation
import Foundation
import Storage

/// What a trouble rests on: where profile, flow or a secret has changed, it is tried again at once.
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
        var text = try await issuing(context.certificate.issuer, context.certificate.revision)
        if let fallback = context.certificate.fallback {
            text += Self.fallback + (try await issuing(fallback.issuer, context.certificate.revision))
        }
        return text
    }

    /// Whether two that differ do so in what the fallback issuer rests on alone: then the first is as it was.
    static func differOnlyInFallback(_ one: String, _ other: String) -> Bool {
        one.ranges(of: fallback).first.map { one[..<$0.lowerBound] }
            == other.ranges(of: fallback).first.map { other[..<$0.lowerBound] }
            && one.contains(fallback)
    }

    private static let fallback = " or "

    private func issuing(_ name: String, _ revision: Int64) async throws -> String {
        let profile = outside.profiles.current.issuing[name]
        return try await text(profile?.digest, revision, profile?.options.secretNames ?? [])
    }

    private func text(_ digest: String?, _ revision: Int64, _ secrets: Set<String>) async throws -> String {
        var parts = [digest ?? "none", String(revision)]
        for name in secrets.sorted() {
            parts.append(try await outside.ledger.secret(named: name).map { String($0.setAt.seconds) } ?? "missing")
        }
        return parts.joined(separator: "/")
    }
}
