import Automation
import Foundation
import PluginKit
import Profiles
import Storage

/// Issuers, set up from their profiles with the secrets of this moment.
public struct Issuers: Sendable {
    let outside: RunnerDependencies

    public init(_ outside: RunnerDependencies) { self.outside = outside }

    /// - Throws: `PluginFailure` (`configuration`) where the profile, its backend or a secret is missing.
    public func issuer(profile name: String) async throws -> any Issuer {
        let (backend, options) = try await setUp(profile: name)
        return try await backend.make(options, PluginContext(outside, scope: Self.scope(name)))
    }

    /// The backend of a profile and its options, with their secrets.
    /// - Throws: as `issuer(profile:)`.
    public func setUp(profile name: String) async throws -> (backend: Backend<any Issuer>, options: Options) {
        guard let profile = outside.profiles.current.issuing[name] else {
            throw PluginFailure.profileMissing("issuing", name)
        }
        guard let backend = outside.registry.issuers[profile.issuer] else {
            throw PluginFailure.backendMissing(profile.issuer)
        }
        let secrets = try await Secrets(outside).values(profile.options.secretNames)
        let options = try profile.options.render(TemplateVariables()) { name in
            guard let secret = secrets[name] else { throw PluginFailure.secretMissing(name) }
            return secret
        }
        return (backend, options)
    }

    /// What the issuer of that profile can do; nothing where profile or backend is missing.
    func capabilities(profile name: String) -> Set<Capability> {
        outside.profiles.current.issuing[name].flatMap { outside.registry.issuers[$0.issuer] }?.manifest.capabilities
            ?? []
    }

    /// Where the state of a profile's plug-in stands.
    public static func scope(_ profile: String) -> String { "issuing/\(profile)" }
}

/// Secrets of the operators, unsealed for one call.
struct Secrets {
    let outside: RunnerDependencies

    init(_ outside: RunnerDependencies) { self.outside = outside }

    func values(_ names: Set<String>) async throws -> [String: Secret] {
        var values: [String: Secret] = [:]
        for name in names.sorted() {
            guard let record = try await outside.ledger.secret(named: name) else {
                throw PluginFailure.secretMissing(name)
            }
            values[name] = try outside.vault.open(record.sealed, Vault.Place.secret(name))
        }
        return values
    }
}

extension PluginContext {
    /// - Parameter actor: who changes the plug-in's state: stands in the audit trail.
    public init(
        _ outside: RunnerDependencies, scope: String, actor: String = "runner", isRehearsal: Bool = false
    ) {
        self.init(
            state: SealedPluginState(
                ledger: outside.ledger, vault: outside.vault, scope: scope, actor: actor, now: outside.clock.now),
            clock: PluginClock(clock: outside.clock), entropy: outside.entropy,
            solver: { try PublishingSolver(outside, profile: $0) },
            run: { command, environment in
                try await outside.runCommand(CommandCall(command, environment: environment))
            }, isRehearsal: isRehearsal)
    }
}

/// The runner's clock as plug-ins see it.
struct PluginClock: WallClock {
    let clock: RunnerClock

    var now: Date { clock.now().date }

    func sleep(until instant: Date) async throws {
        // Parts of a second count: who polls a CA waits for a few milliseconds.
        let pause = instant.timeIntervalSince(clock.now().date)
        if pause > 0 { try await clock.sleep(.seconds(pause)) }
    }
}
