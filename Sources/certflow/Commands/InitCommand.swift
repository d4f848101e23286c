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
        Console.line(
            "  master key     \(place.path)/\(MasterKey.fileName)   keep a copy elsewhere: without it the keys are lost"
        )
        Console.line("  profiles       \(place.profiles)")
        for root in roots { Console.line("  local authority, root  \(root)") }
        Console.line("Next: write flows.yaml, then `certflow apply flows.yaml` and `certflow run --watch`.")
    }
}
