import Foundation
import PluginKit

/// Our own small certificate authority: a root, an intermediate that signs, and the rules under which it does.
///
/// Keys and certificates stand in the profile's sealed state. They are made once, by `create`; from then on only the
/// intermediate is renewed, by itself, as long as its root lasts.
public enum LocalAuthority {
    /// Parsed keys, shared by all calls of this process.
    private static let cache = IdentityCache()

    /// What a registry holds.
    public static let backend = Backend<any Issuer>(
        manifest,
        make: { profile, context in
            LocalIssuer(settings: try AuthoritySettings(profile), context: context, cache: cache)
        },
        close: { cache.removeAll() })

    public static let manifest = Manifest(
        name: "local-authority", kind: .issuer, version: "1",
        summary: "Our own certificate authority: issues at once, for names that only your own machines need to trust.",
        capabilities: [.check], options: schema, concurrency: 64)

    /// Makes root and intermediate where they are not there yet; otherwise changes nothing. Safe to repeat after a
    /// crash at any point, and from two processes at once.
    ///
    /// - Parameter profile: the options of the issuing profile: names and lifetimes are taken from it.
    /// - Returns: DER of the intermediate and of the root, which clients have to trust.
    /// - Throws: `PluginFailure`, and what the state throws.
    @discardableResult
    public static func create(_ profile: Options, _ context: PluginContext) async throws -> [Data] {
        let settings = try AuthoritySettings(profile)
        let vault = AuthorityVault(context: context, cache: cache)
        let root = try await vault.rootOrNew(settings)
        let intermediate = try await vault.intermediateOrNew(under: root, settings)
        return [intermediate.certificate.der, root.certificate.der]
    }

    /// DER of the intermediate that signs now and of the root, which clients have to trust; empty where `create` was
    /// never called.
    /// - Throws: `PluginFailure`, and what the state throws.
    public static func certificates(_ context: PluginContext) async throws -> [Data] {
        let vault = AuthorityVault(context: context, cache: cache)
        guard let intermediate = try await vault.intermediates().identities.first else { return [] }
        return [intermediate.certificate.der] + (try await vault.root().map { [$0.certificate.der] } ?? [])
    }
}
