import Foundation
import PluginKit

/// Where a CA's services are (RFC 8555, 7.1.1), every URL checked.
struct Directory: Sendable {
    var newNonce: String
    var newAccount: String
    var newOrder: String
    var revokeCert: String?
    var keyChange: String?
    /// RFC 9773, 4.1; without a slash at its end.
    var renewalInfo: String?
    var termsOfService: String?
    var externalAccountRequired: Bool
    /// Names and descriptions (draft-ietf-acme-profiles).
    var profiles: [String: String]

    /// - Throws: `PluginFailure` (`acme.bad-directory`, `acme.refused-url`, `acme.foreign-url`).
    init(_ body: Data, _ rules: URLRules) throws {
        struct Form: Decodable {
            struct Meta: Decodable {
                var termsOfService: String?
                var externalAccountRequired: Bool?
                var profiles: [String: String]?
            }
            var newNonce: String
            var newAccount: String
            var newOrder: String
            var revokeCert: String?
            var keyChange: String?
            var renewalInfo: String?
            var meta: Meta?
        }
        guard let form = try? JSONDecoder().decode(Form.self, from: body) else { throw PluginFailure.noDirectory() }
        newNonce = try rules.accept(form.newNonce, "newNonce")
        newAccount = try rules.accept(form.newAccount, "newAccount")
        newOrder = try rules.accept(form.newOrder, "newOrder")
        revokeCert = try form.revokeCert.map { try rules.accept($0, "revokeCert") }
        keyChange = try form.keyChange.map { try rules.accept($0, "keyChange") }
        renewalInfo = try form.renewalInfo.map { try rules.accept($0, "renewalInfo") }
        if renewalInfo?.hasSuffix("/") == true { renewalInfo?.removeLast() }
        // Shown to people, never fetched.
        termsOfService = form.meta?.termsOfService.map { ShownText($0).description }
        externalAccountRequired = form.meta?.externalAccountRequired ?? false
        profiles = (form.meta?.profiles ?? [:]).mapValues { ShownText($0).description }
    }
}
