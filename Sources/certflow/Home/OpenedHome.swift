import Automation
import Curl
import Foundation
import PluginKit
import Profiles
import Runner
import Storage
import StorageSQLite

/// A home in use: its ledger, keys, profiles and settings.
struct OpenedHome: Sendable {
    let home: Home
    let ledger: SQLiteLedger
    let vault: Vault
    let auditKey: Secret32
    let registry: Registry
    let shelf: ProfileShelf
    let settings: HomeConfiguration
    /// By the name of the issuer's backend.
    let accounts: [String: AccountActions]
    let client: HTTPClient

    /// - Throws: `HomeProblem`, `StorageError`: what is wrong, and what to do.
    static func open(_ home: Home) async throws -> OpenedHome {
        try home.check()
        let master = try MasterKey.load(home: home.path)
        let auditKey = master.derived(for: "audit")
        let ledger = try SQLiteLedger(
            path: home.database, creating: false, auditKey: auditKey, chain: Randomness.hex(8))
        do {
            try MasterKey.verify(canary: try await ledger.meta(MasterKey.canaryName), with: master)
            let client = HTTPClient()
            let registry = Wiring.registry(client, home: home)
            return OpenedHome(
                home: home, ledger: ledger, vault: Vault(master: master, entropy: Randomness.bytes),
                auditKey: auditKey, registry: registry, shelf: shelf(home, registry),
                settings: try HomeConfiguration.load(file: home.settings), accounts: Wiring.accounts(client),
                client: client)
        } catch {
            await ledger.close()
            throw error
        }
    }

    /// The profiles of a home, read anew when a file changes.
    static func shelf(_ home: Home, _ registry: Registry) -> ProfileShelf {
        ProfileShelf(
            stamp: { ProfileSet.stamp(directory: home.profiles) },
            load: {
                let (set, problems) = ProfileSet.loadLeniently(directory: home.profiles, registry: registry)
                return ProfileShelf.Reading(set: set, problems: problems.map(\.description))
            })
    }

    var profiles: ProfileSet { shelf.current }

    func desk(reason: String = "") -> Desk {
        var desk = Desk(
            ledger: ledger, profiles: profiles, registry: registry, person: Person(name: Account.name, reason: reason),
            now: { Instant(Date()) }, entropy: Randomness.bytes)
        desk.ownCertificate = settings.server.certificate
        return desk
    }

    func close() async {
        await client.close()
        await ledger.close()
    }
}

/// Opens the home, runs `body`, and closes it again.
@discardableResult
func withHome<Result>(
    _ options: HomeOptions, _ body: (OpenedHome) async throws -> Result
) async throws -> Result {
    let opened = try await OpenedHome.open(options.place)
    do {
        let result = try await body(opened)
        await opened.close()
        return result
    } catch {
        await opened.close()
        throw error
    }
}

/// As `withHome`, with what reaches outside of it.
func withRehearsal<Result>(
    _ options: HomeOptions, _ body: (OpenedHome, Rehearsal) async throws -> Result
) async throws -> Result {
    try await withHome(options) { opened in
        try await opened.rehearsing { try await body(opened, $0) }
    }
}

extension OpenedHome {
    func rehearsing<Result>(_ body: (Rehearsal) async throws -> Result) async throws -> Result {
        try await reachingOut { try await body(Wiring.rehearsal(self, $0)) }
    }

    func foreseeing<Result>(_ body: (Foresight) async throws -> Result) async throws -> Result {
        try await reachingOut { try await body(Foresight(Wiring.dependencies(self, $0))) }
    }

    /// Lends what reaches outside of the home, and ends it.
    private func reachingOut<Result>(_ body: (Wiring.Outside) async throws -> Result) async throws -> Result {
        let outside = Wiring.Outside()
        do {
            let result = try await body(outside)
            await outside.end(registry)
            return result
        } catch {
            await outside.end(registry)
            throw error
        }
    }
}

/// The account that runs this process: stands in the audit trail.
enum Account {
    static var name: String {
        let real = getuid()
        var buffer = [CChar](repeating: 0, count: 4096)
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        guard getpwuid_r(real, &entry, &buffer, buffer.count, &found) == 0, found != nil, let name = entry.pw_name
        else {
            return "uid \(real)"
        }
        let account = String(cString: name)
        guard let sudo = ProcessInfo.processInfo.environment["SUDO_USER"], real == 0, !sudo.isEmpty else {
            return account
        }
        return "\(account) (sudo by \(sudo.filter { $0.isLetter || $0.isNumber || "._-".contains($0) }))"
    }
}

/// Randomness fit for keys, from the kernel.
enum Randomness {
    @Sendable static func bytes(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        var bytes: [UInt8] = []
        // A word at a time: each costs a call of the kernel.
        while bytes.count < count {
            let missing = count - bytes.count
            withUnsafeBytes(of: generator.next()) { bytes += $0.prefix(missing) }
        }
        return bytes
    }

    static func hex(_ count: Int) -> String { bytes(count).map { String(format: "%02x", $0) }.joined() }
}
