import ArgumentParser
import Foundation
import Runner

extension RevocationReason: ExpressibleByArgument {}

struct RevokeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "Have a version revoked by its CA, and replace it at once with a new key.",
        discussion: """
            The issuer of the version is asked to revoke it, which nobody can take back. Where it is the current one, a \
            new version with a new key is issued at once, outside any window; what waits of the revoked one is never \
            published, and targets that hold it get the new one within 24 hours. An older version can be revoked alone. \
            Ask again where this was cut off: what is revoked already counts as done. For a version that somebody else \
            has revoked there is `certflow revoked`.
            """)

    @OptionGroup var home: HomeOptions

    @Argument(help: "The certificate.")
    var name: String

    @Option(help: "The number of the version; the current one where none is named.")
    var version: Int?

    @Option(help: "What the CA is told: the key is known to others, another certificate took its place, and so on.")
    var reason: RevocationReason

    @Option(
        help: ArgumentHelp(
            "The issuing profile to ask; the one that issued the version where none is named.", valueName: "profile"))
    var issuer: String?

    @Option(help: ArgumentHelp("Why, for the audit trail.", valueName: "text"))
    var note = ""

    @Option(
        help: ArgumentHelp("How long to follow the renewal; a runner goes on with it after that.", valueName: "10m"))
    var timeout = SpanArgument(.minutes(10))

    @OptionGroup var confirmation: Confirmation

    func run() async throws {
        try await withHome(home) { opened in
            let asked = try await revoke(opened)
            guard let asked else { return }
            var hand = HandOptions()
            hand.reason = note
            hand.timeout = timeout
            try await HandWork(opened: opened, options: hand).carryOut { _ in [asked] }
            try await NextPublications(opened).tell([name])
        }
    }

    /// - Returns: the renewal that takes its place.
    private func revoke(_ opened: OpenedHome) async throws -> Desk.Asked? {
        let outside = Wiring.Outside()
        do {
            let revocation = Revocation(Wiring.dependencies(opened, outside), opened.desk(reason: note))
            let plan = try await revocation.plan(name, version: version, issuer: issuer)
            guard confirmed(plan) else { throw CommandEnding.failed(Complaint("Nothing was revoked.")) }
            let outcome = try await revocation.carryOut(plan, reason)
            await outside.endOwn()
            tell(plan, outcome)
            return outcome.replacement
        } catch {
            await outside.endOwn()
            throw error
        }
    }

    private func confirmed(_ plan: Revocation.Plan) -> Bool {
        confirmation.given(
            "\(plan.issuer) will be asked to revoke version \(plan.version.number) of \(name) (serial "
                + "\(plan.version.serial)): clients refuse it from then on, and this can't be taken back.",
            "Revoke it?")
    }

    private func tell(_ plan: Revocation.Plan, _ outcome: Revocation.Outcome) {
        let verb = outcome.wasRevoked ? "had been revoked before" : "is revoked"
        Console.line("Version \(plan.version.number) of \(name) \(verb) at \(plan.issuer).")
        if !plan.sameKey.isEmpty, reason == .keyCompromise {
            let numbers = plan.sameKey.map(String.init).joined(separator: ", ")
            Console.error("Its key is that of version \(numbers) as well, which is no safer: revoke that too.")
        }
        if plan.isCurrent, outcome.replacement == nil {
            Console.line("It is not replaced: auto-renewal is off. `certflow renew \(name)` issues a new one.")
        }
    }
}
