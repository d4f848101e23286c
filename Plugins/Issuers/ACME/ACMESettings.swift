import Curl
import Foundation
import PluginKit

/// The options of one issuing profile, checked.
struct ACMESettings: Sendable {
    var directory: String
    /// Other hosts that the CA's URLs may name.
    var hosts: [String]
    var trust: Trust
    /// As URLs: `mailto:...`.
    var contact: [String]
    var acceptsTerms: Bool
    var keyAlgorithm: AccountKey.Algorithm
    var externalAccount: ExternalAccount?
    var profile: String?
    var requiresProfile: Bool
    var preferredChain: String?
    /// Whether Let's Encrypt's limits are kept from below.
    var keepsBudgets: Bool
    /// The longest wait for the CA's validation, and for its signature.
    var timeout: TimeInterval

    /// - Parameter isRehearsal: the directory is then the profile's staging.
    /// - Throws: `PluginFailure` (`configuration`, `acme.option`, `acme.no-staging`).
    init(_ options: Options, isRehearsal: Bool) throws {
        if isRehearsal {
            guard let staging = options.text("staging") else { throw PluginFailure.noStaging() }
            directory = staging
        } else {
            directory = try options.required("directory", options.text("directory"))
        }
        hosts = options.texts("hosts")
        trust = options.text("caBundle").map { .bundle(path: $0) } ?? .system
        contact = try options.texts("contact").map(Self.contact)
        acceptsTerms = options.flag("acceptTerms") ?? false
        keyAlgorithm = options.text("accountKey").flatMap(AccountKey.Algorithm.init) ?? .es256
        externalAccount = try options.group("externalAccount").map(Self.externalAccount)
        profile = options.text("profile")
        requiresProfile = options.flag("profileRequired") ?? false
        guard profile != nil || !requiresProfile else { throw PluginFailure.profileNotNamed() }
        preferredChain = options.text("preferredChain")
        timeout = options.duration("timeout").map { TimeInterval($0.components.seconds) } ?? 600
        _ = try URLRules(directory: directory, hosts: hosts)
        let host = URLComponents(string: directory)?.host?.lowercased() ?? ""
        let isLetsEncrypt = host == "letsencrypt.org" || host.hasSuffix(".letsencrypt.org")
        keepsBudgets = options.text("budgets").map { $0 == "lets-encrypt" } ?? isLetsEncrypt
    }

    private static func contact(_ text: String) throws -> String {
        let url = text.contains(":") ? text : "mailto:\(text)"
        guard url.utf8.allSatisfy({ (33...126).contains($0) && $0 != UInt8(ascii: "\"") }), url.utf8.count <= 320 else {
            throw PluginFailure.badContact(text)
        }
        return url
    }

    private static func externalAccount(_ group: Options) throws -> ExternalAccount {
        guard let keyID = group.text("keyID"), !keyID.isEmpty, let text = group.secret("macKey") else {
            throw PluginFailure.badExternalAccount()
        }
        let written = text.withBytes { String(decoding: $0, as: UTF8.self) }
        guard let key = Base64URL.decode(written.trimmingCharacters(in: .whitespacesAndNewlines)), !key.isEmpty else {
            throw PluginFailure.badExternalAccount()
        }
        return ExternalAccount(keyID: keyID, macKey: Secret(key))
    }
}

extension Options {
    func group(_ name: String) -> Options? {
        if case .group(let group) = self[name] { group } else { nil }
    }
}
