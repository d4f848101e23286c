import ArgumentParser
import Foundation
import Runner
import Server

extension RevocationReason: ExpressibleByArgument {}

struct RevokeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "Have a version revoked by its CA, and replace it at once with a new key.",
        discussion: """
            The issuer of the version is asked to revoke it, which nobody can take back. Where it is the current one, a \
            new version with a new key is issued at once, outside any window and also where auto-renewal is off; what \
            waits of the revoked one is never published, and targets that hold it get the new one within 24 hours. A \
            version that was imported is replaced only where auto-renewal is on. An older version can be revoked alone. \
            Ask again where this was cut off: what is revoked already counts as done. For a version that somebody else \
            has revoked there is `certflow revoked`.
            """)

    @OptionGroup var place: PlaceOptions

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
        try await place.work { opened in
            let replacement = try await revoke(opened)
            try await RevokedFollowing(opened: opened, name: name, timeout: timeout, reason: note).tell(replacement)
        } there: { server in
            try await revoke(server)
        }
    }

    private func revoke(_ server: RemoteServer) async throws {
        var hand = HandOptions()
        (hand.reason, hand.timeout) = (note, timeout)
        let fields: [String: JSONValue?] = [
            "version": version.map { .number(Double($0)) }, "because": .text(reason.rawValue),
            "issuer": issuer.map { .text($0) },
        ]
        let path = ["certificates", name, "revoke"]
        let plan: RevocationForm = try await server.act(
            path, RemoteWork.body(fields.merging(["dryRun": .flag(true)]) { $1 }, reason: note))
        guard confirmed(plan.version, nil, by: plan.issuer ?? "") else {
            throw CommandEnding.failed(Complaint("Nothing was revoked."))
        }
        let work = RemoteWork(server: server, options: hand)
        let before = try await work.newest(of: name)
        let form: RevocationForm = try await server.act(path, RemoteWork.body(fields, reason: note))
        tell(form.version, by: form.issuer ?? "", wasRevoked: form.wasRevoked, sameKey: form.sameKey)
        try await work.replace(form, since: before)
    }

    private func revoke(_ opened: OpenedHome) async throws -> Desk.Replacement {
        let outside = Wiring.Outside()
        do {
            let revocation = Revocation(Wiring.dependencies(opened, outside), opened.desk(reason: note))
            let plan = try await revocation.plan(name, version: version, issuer: issuer)
            guard confirmed(plan.version.number, plan.version.serial, by: plan.issuer) else {
                throw CommandEnding.failed(Complaint("Nothing was revoked."))
            }
            let outcome = try await revocation.carryOut(plan, reason)
            await outside.endOwn()
            tell(plan.version.number, by: plan.issuer, wasRevoked: outcome.wasRevoked, sameKey: plan.sameKey)
            return outcome.replacement
        } catch {
            await outside.endOwn()
            throw error
        }
    }

    private func confirmed(_ version: Int, _ serial: String?, by issuer: String) -> Bool {
        let which = serial.map { " (serial \($0))" } ?? ""
        return confirmation.given(
            Console.oneLine(
                "\(issuer) will be asked to revoke version \(version) of \(name)\(which): "
                    + "clients refuse it from then on, and this can't be taken back."),
            "Revoke it?")
    }

    private func tell(_ version: Int, by issuer: String, wasRevoked: Bool, sameKey: [Int]) {
        let verb = wasRevoked ? "had been revoked before" : "is revoked"
        Console.line(Console.oneLine("Version \(version) of \(name) \(verb) at \(issuer)."))
        if !sameKey.isEmpty, reason == .keyCompromise {
            let numbers = sameKey.map(String.init).joined(separator: ", ")
            Console.error("Its key is that of version \(numbers) as well, which is no safer: revoke that too.")
        }
    }
}
