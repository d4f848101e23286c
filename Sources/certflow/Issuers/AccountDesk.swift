import Automation
import Foundation
import PluginKit
import Runner
import Storage

/// Looks after the account of an issuing profile, with an event for each change.
struct AccountDesk {
    private let opened: OpenedHome
    private let outside: RunnerDependencies
    private let profile: String
    private let isRehearsal: Bool

    /// - Parameter isRehearsal: the account that rehearsals use.
    init(_ opened: OpenedHome, _ outside: RunnerDependencies, profile: String, isRehearsal: Bool) {
        self.opened = opened
        self.outside = outside
        self.profile = profile
        self.isRehearsal = isRehearsal
    }

    func show() async throws -> IssuerAccount? {
        let (actions, options) = try await setUp()
        return try await actions.show(options, context)
    }

    func rollOver(reason: String) async throws -> IssuerAccount {
        let (actions, options) = try await setUp()
        guard let account = try await actions.rollOver(options, context) else { throw noAccount }
        try await record("account.rolled-over", reason, ["account": account.url, "key": account.key])
        return account
    }

    /// - Returns: whether the CA knew it.
    func deactivate(reason: String) async throws -> Bool {
        let (actions, options) = try await setUp()
        let wasKnown = try await actions.deactivate(options, context)
        try await record("account.deactivated", reason, ["known": wasKnown ? "yes" : "no"])
        return wasKnown
    }

    /// - Throws: `DeskRefusal` where the profile's issuer has no accounts; as `Issuers.setUp`.
    private func setUp() async throws -> (AccountActions, Options) {
        guard opened.profiles.issuing[profile] != nil || opened.profiles.brokenIssuing[profile] != nil else {
            let names = Set(opened.profiles.issuing.keys).union(opened.profiles.brokenIssuing.keys)
            throw DeskRefusal(
                "profile.unknown", "There is no issuing profile \"\(profile)\".",
                remedy: NearestKey.remedy(for: profile, among: names.sorted()))
        }
        let (backend, options) = try await Issuers(outside).setUp(profile: profile)
        guard let actions = opened.accounts[backend.manifest.name] else {
            throw DeskRefusal(
                "issuer.no-account", "The issuer \(profile) (\(backend.manifest.name)) has no accounts.",
                remedy: "Only profiles with `issuer: acme` have one; see `certflow issuer list`.")
        }
        return (actions, options)
    }

    private var noAccount: DeskRefusal {
        DeskRefusal(
            "issuer.account-missing", "The profile \(profile) has no account yet.",
            remedy: "The first renewal or rehearsal makes one.")
    }

    private var context: PluginContext {
        PluginContext(
            outside, scope: Issuers.scope(profile) + (isRehearsal ? "/rehearsal" : ""), actor: Account.name,
            isRehearsal: isRehearsal)
    }

    private func record(_ kind: String, _ reason: String, _ detail: [String: String]) async throws {
        let event = EventDraft(
            at: outside.clock.now(), actor: Account.name, kind: kind,
            subject: profile + (isRehearsal ? " (rehearsal)" : ""), reason: reason, detail: detail)
        _ = try await opened.ledger.commit(Change([], events: [event]))
    }
}
