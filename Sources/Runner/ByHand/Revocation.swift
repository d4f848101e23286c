import Automation
import Foundation
import PluginKit
import Storage

/// Has a version revoked by who issued it, and lets the runner replace it.
///
/// Needs no runner and disturbs none: the issuer is asked here, and what it answered is one commit. Where this process
/// dies between the two, asking again is answered with "revoked already", which is as good.
public struct Revocation: Sendable {
    private let outside: RunnerDependencies
    private let desk: Desk

    public init(_ dependencies: RunnerDependencies, _ desk: Desk) {
        outside = dependencies
        self.desk = desk
    }

    /// What would be revoked.
    public struct Plan: Sendable {
        public var certificate: CertificateRecord
        public var version: VersionRecord
        public var isCurrent: Bool
        /// What takes its place.
        public var replacement: Desk.Replacement
        /// The issuing profile that is asked.
        public var issuer: String
        /// Later versions that have the same key: they are no safer.
        public var sameKey: [Int]
        /// DER.
        fileprivate var leaf: Data
    }

    public struct Outcome: Sendable {
        /// The issuer said that it had been revoked before.
        public var wasRevoked: Bool
        public var replacement: Desk.Replacement
    }

    /// The issuing profiles whose backend can revoke.
    public var issuers: [String] {
        outside.profiles.current.issuing.keys.filter { Issuers(outside).capabilities(profile: $0).contains(.revoke) }
            .sorted()
    }

    /// - Parameters:
    ///   - number: nil for the current version.
    ///   - issuer: the issuing profile to ask; nil for the one that issued it.
    /// - Throws: `DeskRefusal`, `StorageError`.
    public func plan(_ name: String, version number: Int?, issuer: String?) async throws -> Plan {
        let overview = try await desk.overview(name)
        let versions = try await desk.ledger.versions(of: overview.certificate.id, limit: .max)
        let version = try Desk.version(number ?? overview.state.current, of: name, among: versions)
        let profile = try profile(of: version, named: issuer, name)
        guard version.life.notAfter > outside.clock.now() else {
            throw DeskRefusal(
                "revocation.expired", "Version \(version.number) of \(name) ended \(version.life.notAfter).",
                remedy: "Nobody trusts it any more: there is nothing to revoke.")
        }
        let chain = try await desk.ledger.material(of: overview.certificate.id, number: version.number)?.chain
        guard let leaf = chain?.first else {
            throw DeskRefusal(
                "revocation.no-certificate", "Version \(version.number) of \(name) is not kept here.",
                remedy: "Revoke it with the issuer's own tools, then run `certflow revoked \(name)`.")
        }
        return Plan(
            certificate: overview.certificate, version: version, isCurrent: version.number == overview.state.current,
            replacement: Desk.replacement(of: version, overview), issuer: profile,
            sameKey: try await sameKey(as: version, among: versions), leaf: leaf)
    }

    private func profile(of version: VersionRecord, named: String?, _ name: String) throws -> String {
        let profile = named ?? version.issuer
        guard !profile.isEmpty else {
            throw DeskRefusal(
                "revocation.imported",
                "Version \(version.number) of \(name) was imported, not issued by a profile here.",
                remedy: "Name the issuing profile of its CA with --issuer, or revoke it with the tools that it came "
                    + "from and run `certflow revoked \(name) --version \(version.number)`.")
        }
        guard outside.profiles.current.issuing[profile] != nil else {
            throw DeskRefusal(PluginFailure.profileMissing("issuing", profile))
        }
        guard Issuers(outside).capabilities(profile: profile).contains(.revoke) else {
            throw DeskRefusal(
                "issuer.no-revocation",
                "The issuer \(profile) publishes no revocations: it can't revoke version \(version.number) of \(name).",
                remedy: "`certflow revoked \(name) --version \(version.number)` replaces it at once with a new key; "
                    + "clients accept the old one until \(version.life.notAfter).")
        }
        return profile
    }

    /// Later versions with the key of `version`: there are some only where renewals keep it.
    private func sameKey(as version: VersionRecord, among versions: [VersionRecord]) async throws -> [Int] {
        func key(_ number: Int) async throws -> Data? {
            let sealed = try await desk.ledger.material(of: version.certificate, number: number)?.sealedKey
            let place = Vault.Place.key(of: version.certificate, version: number)
            return try sealed.map { Digests.sha256(try outside.vault.open($0, place)) }
        }
        guard let own = try await key(version.number) else { return [] }
        var same: [Int] = []
        for later in versions.reversed() where later.number > version.number && later.revokedAt == nil {
            if try await key(later.number) == own { same.append(later.number) }
        }
        return same
    }

    /// Asks the issuer, and records what came of it.
    /// - Throws: `PluginFailure` where the issuer does not revoke it: then nothing else is done. `StorageError`.
    public func carryOut(_ plan: Plan, _ reason: RevocationReason) async throws -> Outcome {
        let name = plan.certificate.name
        let detail = ["version": String(plan.version.number), "issuer": plan.issuer, "reason": reason.rawValue]
        try await record("revocation.asked", name, detail)
        var wasRevoked = false
        do {
            let issuer = try await Issuers(outside).issuer(profile: plan.issuer)
            try await outside.clock.bounded("The issuer \(plan.issuer)", outside.settings.callLimit) {
                try await issuer.revoke(plan.leaf, reason: reason.code)
            }
        } catch let failure as PluginFailure where failure.code.hasSuffix(".already-revoked") {
            wasRevoked = true
        } catch {
            let code = (error as? PluginFailure)?.code ?? "revocation.unexpected"
            try await record("revocation.failed", name, detail.merging(["code": code]) { first, _ in first })
            throw error
        }
        let replacement = try await desk.noteRevoked(name, version: plan.version.number, told: detail, asking: true)
        return Outcome(wasRevoked: wasRevoked, replacement: replacement)
    }

    private func record(_ kind: String, _ name: String, _ detail: [String: String]) async throws {
        var event = desk.event(kind, name)
        event.detail = detail
        try await desk.commit([], [event])
    }
}
