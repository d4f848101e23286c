import Automation
import Certificates
import Foundation
import PluginKit

/// The authority's own keys and certificates in the profile's sealed state.
///
/// Two entries: `root`, read only to make or renew an intermediate, and `intermediates`, the newest first; older ones
/// stay while they are valid, so that what they had begun to sign can be finished. Each change is one compare-and-set,
/// so a crash leaves the old entry or the new one.
struct AuthorityVault: Sendable {
    private static let rootEntry = "root"
    private static let intermediatesEntry = "intermediates"
    /// Intermediates that are kept: a profile that is edited daily would gather many.
    private static let kept = 8

    let context: PluginContext
    let cache: IdentityCache

    var now: Instant { Instant(context.clock.now) }

    func root() async throws -> SigningIdentity? { try await rootList().identities.first }

    func intermediates() async throws -> IdentityList {
        try await load(Self.intermediatesEntry, cached: true)
    }

    // The root's key is not kept in memory: it is needed once in years.
    private func rootList() async throws -> IdentityList { try await load(Self.rootEntry, cached: false) }

    func rootOrNew(_ settings: AuthoritySettings) async throws -> SigningIdentity {
        if let root = try await root() { return root }
        let new = try AuthorityBuilder(settings, context).root()
        if try await store([new], Self.rootEntry, replacing: nil) { return new }
        guard let other = try await root() else { throw PluginFailure.authorityBusy() }
        return other
    }

    func intermediateOrNew(
        under root: SigningIdentity, _ settings: AuthoritySettings
    ) async throws -> SigningIdentity {
        if let intermediate = try await intermediates().identities.first { return intermediate }
        let new = try AuthorityBuilder(settings, context).intermediate(under: root)
        if try await store([new], Self.intermediatesEntry, replacing: nil) { return new }
        guard let other = try await intermediates().identities.first else { throw PluginFailure.authorityBusy() }
        return other
    }

    /// The intermediates, after a renewal where one is due and the root can give it.
    /// - Throws: `PluginFailure` (`local-authority.not-created`, `local-authority.busy`), and what the state throws.
    func currentIntermediates(_ settings: AuthoritySettings) async throws -> [SigningIdentity] {
        for _ in 0..<4 {
            let list = try await intermediates()
            guard let current = list.identities.first else { throw PluginFailure.authorityNotCreated() }
            let builder = AuthorityBuilder(settings, context)
            guard builder.wantsSuccessor(of: current), let root = try await root(),
                let next = try builder.successor(of: current, under: root)
            else { return list.identities }
            let valid = list.identities.filter { $0.certificate.notAfter >= now }
            let all = Array(([next] + valid).prefix(Self.kept))
            if try await store(all, Self.intermediatesEntry, replacing: list.digest) { return all }
        }
        throw PluginFailure.authorityBusy()
    }

    private func load(_ entry: String, cached: Bool) async throws -> IdentityList {
        guard let secret = try await context.state.value(entry) else { return IdentityList(identities: []) }
        let digest = IdentityList.digest(of: secret)
        if cached, let known = cache[digest] { return IdentityList(identities: known, digest: digest) }
        let identities = try Self.parse(secret, entry)
        if cached { cache[digest] = identities }
        return IdentityList(identities: identities, digest: digest)
    }

    private static func parse(_ secret: Secret, _ entry: String) throws -> [SigningIdentity] {
        guard let identities = try? SigningIdentity.list(reading: secret), !identities.isEmpty else {
            throw PluginFailure.authorityDamaged(entry)
        }
        return identities
    }

    private func store(
        _ identities: [SigningIdentity], _ entry: String, replacing digest: Data?
    ) async throws -> Bool {
        try await context.state.store(SigningIdentity.encode(identities), entry, replacing: digest)
    }
}
