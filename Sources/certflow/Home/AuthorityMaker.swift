import Automation
import Certificates
import Foundation
import LocalAuthority
import PluginKit
import Profiles
import Runner
import Storage

/// Makes the local authority of each issuing profile that uses one: root and intermediate, keys sealed.
struct AuthorityMaker {
    let ledger: any Ledger
    let vault: Vault
    /// The home's profiles directory.
    let profiles: String

    /// - Returns: a line for each root: its profile, its name and its end.
    func make() async throws -> [String] {
        let (set, problems) = ProfileSet.loadLeniently(directory: profiles, registry: Wiring.registry())
        for problem in problems { Console.error(problem.description) }
        var lines: [String] = []
        for profile in set.issuing.values.sorted(by: { $0.name < $1.name })
        where profile.issuer == LocalAuthority.manifest.name {
            let options = try profile.options.render(TemplateVariables()) { _ in Secret([]) }
            let scope = "issuing/\(profile.name)"
            let context = PluginContext(
                state: SealedPluginState(
                    ledger: ledger, vault: vault, scope: scope, actor: Account.name, now: { Instant(Date()) }),
                clock: SystemClock(), entropy: Randomness.bytes)
            let chain = try await LocalAuthority.create(options, context)
            guard let der = chain.last, let root = try? SignedCertificate(der: der) else { continue }
            lines.append("\(profile.name): \(root.subject), until \(root.notAfter)")
        }
        return lines
    }
}

/// The wall clock of this machine.
struct SystemClock: WallClock {
    var now: Date { Date() }

    func sleep(until instant: Date) async throws {
        try await Task.sleep(for: .seconds(max(0, instant.timeIntervalSinceNow)))
    }
}
