import ArgumentParser
import Automation
import Foundation
import LocalAuthority
import PluginKit
import Profiles
import Runner
import Storage
import StorageSQLite

struct InitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Make a home with a local authority and the example profiles.",
        discussion: "Safe to repeat: what is there already is kept, what a crash left undone is finished.")

    @OptionGroup var home: HomeOptions

    func run() async throws {
        let place = home.place
        try HomeMaker(place).make()
        let master = try MasterKey.loadOrCreate(home: place.path)
        let ledger = try SQLiteLedger(
            path: place.database, creating: true, auditKey: master.derived(for: "audit"), chain: Randomness.hex(8))
        do {
            try await fill(place, ledger, master)
            await ledger.close()
        } catch {
            await ledger.close()
            throw error
        }
    }

    private func fill(_ place: Home, _ ledger: SQLiteLedger, _ master: Secret32) async throws {
        let canary = try await ledger.meta(MasterKey.canaryName)
        if canary == nil {
            let event = EventDraft(at: Instant(Date()), actor: Account.name, kind: "home.created", subject: place.path)
            let made = try MasterKey.makeCanary(with: master, entropy: Randomness.bytes)
            _ = try await ledger.commit(
                Change([.putMeta(key: MasterKey.canaryName, value: made)], events: [event]))
        } else {
            try MasterKey.verify(canary: canary, with: master)
        }
        let vault = Vault(master: master, entropy: Randomness.bytes)
        let roots = try await AuthorityMaker(ledger: ledger, vault: vault, profiles: place.profiles).make()
        Console.line("\(canary == nil ? "Made" : "Finished") the home \(place.path).")
        Console.line("  database       \(place.database)")
        Console.line("  master key     \(place.path)/\(MasterKey.fileName)   keep a copy elsewhere: without it the keys are lost")
        Console.line("  profiles       \(place.profiles)")
        for root in roots { Console.line("  local authority, root  \(root)") }
        Console.line("Next: write flows.yaml, then `certflow apply flows.yaml` and `certflow run --watch`.")
    }
}

/// Makes the directories and files of a home that are no database.
struct HomeMaker {
    private let home: Home

    init(_ home: Home) { self.home = home }

    func make() throws {
        let manager = FileManager.default
        do {
            for directory in [home.path, home.profiles, "\(home.profiles)/publishing", "\(home.profiles)/issuing"] {
                guard !manager.fileExists(atPath: directory) else { continue }
                try manager.createDirectory(
                    atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            }
            try write(HomeConfiguration.defaultText, to: home.settings)
            for example in ExampleProfile.all {
                try write(String(decoding: example.content, as: UTF8.self), to: "\(home.profiles)/\(example.path)")
            }
        } catch let error as CocoaError {
            throw HomeProblem(
                "home.not-writable", "The home \(home.path) can't be made: \(error.localizedDescription)",
                remedy: "Choose another place with --home, or give this account the right to write there.")
        }
    }

    /// What is there already is the operator's.
    private func write(_ text: String, to path: String) throws {
        guard !FileManager.default.fileExists(atPath: path) else { return }
        try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
    }
}
