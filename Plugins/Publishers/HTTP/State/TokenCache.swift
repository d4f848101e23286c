import Foundation
import PluginKit

/// Tokens that authorization servers gave, until they expire. In memory alone: another process asks again.
actor TokenCache {
    /// Who asked for what: the secret by its digest, so that a rotated one asks anew.
    struct Key: Hashable, Sendable {
        var tokenURL: String
        var clientID: String
        var secret: Data
        var scope: String?
        var audience: String?
    }

    private struct Entry {
        var token: Secret
        var ends: Date
    }

    private static let most = 256
    private var entries: [Key: Entry] = [:]

    func token(_ key: Key, now: Date) -> Secret? {
        guard let entry = entries[key], now < entry.ends else { return nil }
        return entry.token
    }

    func store(_ token: Secret, _ key: Key, until ends: Date) {
        if entries.count >= Self.most { entries = [:] }
        entries[key] = Entry(token: token, ends: ends)
    }

    func forget(_ key: Key) { entries[key] = nil }
}

extension OAuthClient {
    var key: TokenCache.Key {
        TokenCache.Key(
            tokenURL: tokenURL, clientID: clientID, secret: secret.sha256, scope: scope, audience: audience)
    }
}
