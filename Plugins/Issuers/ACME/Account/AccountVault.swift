import Crypto
import Foundation
import PluginKit

/// The accounts of one profile in its sealed state: one entry per directory, each change one compare-and-set.
struct AccountVault: Sendable {
    let state: any PluginState
    let cache: AccountCache
    let entry: String

    init(_ state: any PluginState, _ cache: AccountCache, directory: String) {
        self.state = state
        self.cache = cache
        entry = StateEntry.name("account", directory)
    }

    /// Nil where there is none, or it was deactivated.
    /// - Throws: `PluginFailure` (`acme.account-damaged`), and what the state throws.
    func load() async throws -> HeldAccount? {
        guard let secret = try await state.value(entry) else { return nil }
        let digest = StateEntry.digest(secret)
        if let held = cache[digest] { return held }
        let record = try Self.parse(secret)
        guard let stored = record.key else { return nil }
        guard let key = try? stored.key(), let thumbprint = try? key.jwk.thumbprint else {
            throw PluginFailure.accountDamaged()
        }
        let held = HeldAccount(record: record, key: key, thumbprint: thumbprint, digest: digest)
        cache[digest] = held
        return held
    }

    /// Stores a new account's key, before the CA hears of it.
    /// - Returns: what is there now: this, or what another process stored first.
    func create(_ record: AccountRecord) async throws -> HeldAccount {
        let old = try await state.value(entry)
        // An entry without a key is of an account that was deactivated.
        if let old, try Self.parse(old).key != nil { return try await require() }
        _ = try await state.store(try Self.encode(record), entry, replacing: old.map(StateEntry.digest))
        return try await require()
    }

    /// - Throws: `PluginFailure` (`acme.account-busy`) where someone else changed it meanwhile.
    func replace(_ held: HeldAccount, with record: AccountRecord) async throws {
        guard try await state.store(try Self.encode(record), entry, replacing: held.digest) else {
            throw PluginFailure.accountBusy()
        }
    }

    func require() async throws -> HeldAccount {
        guard let held = try await load() else { throw PluginFailure.accountBusy() }
        return held
    }

    private static func parse(_ secret: Secret) throws -> AccountRecord {
        do {
            return try secret.withBytes { try JSONDecoder().decode(AccountRecord.self, from: Data($0)) }
        } catch {
            throw PluginFailure.accountDamaged()
        }
    }

    private static func encode(_ record: AccountRecord) throws -> Secret {
        var bytes = try JSONEncoder().encode(record)
        defer { bytes.resetBytes(in: 0..<bytes.count) }
        return Secret(bytes)
    }
}

/// Names and digests of entries in a profile's state.
enum StateEntry {
    /// A profile whose directory was changed has another account there.
    static func name(_ kind: String, _ directory: String) -> String {
        let hash = Data(SHA256.hash(data: Data(directory.utf8)))
        return "\(kind)-\(Base64URL.encode(hash.prefix(12)))"
    }

    static func digest(_ entry: Secret) -> Data {
        entry.withBytes { bytes in
            var hash = SHA256()
            hash.update(bufferPointer: bytes)
            return Data(hash.finalize())
        }
    }
}
