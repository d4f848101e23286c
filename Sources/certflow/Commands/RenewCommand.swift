import ArgumentParser
import Runner

struct RenewCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "renew", abstract: "Renew certificates now, outside their windows.",
        discussion: """
            One by its name, or all with a label, many at a time. Their publication keeps the rules of the flow. Beside \
            a living runner it is that one which renews, and is followed to the end; without one this command does it. \
            Ends with 0 when done, 1 where it failed, 3 where it failed for some of them.

            With --rehearse the whole way is gone against the issuer's staging, with a key of its own: the challenges \
            are answered, what comes is checked and shown, and nothing of it is stored. It needs no runner and \
            disturbs none.
            """)

    @OptionGroup var place: PlaceOptions
    @OptionGroup var which: SelectionOptions
    @OptionGroup var hand: HandOptions

    @Flag(help: "Also while a newer version than any target holds waits to be published.")
    var force = false

    @Flag(help: "Only try it against the issuer's staging; nothing is stored.")
    var rehearse = false

    func validate() throws {
        guard rehearse else { return }
        if force { throw ValidationError("--force means nothing to a rehearsal: leave it out.") }
        if which.label != nil { throw ValidationError("One certificate is rehearsed at a time: name it.") }
    }

    func run() async throws {
        try await place.work { opened in
            if rehearse, let name = which.name {
                return try await RehearsedRenewal(opened: opened, options: hand).carryOut(name)
            }
            let selection = try which.selection()
            let asked = try await HandWork(opened: opened, options: hand).carryOut {
                try await $0.renew(selection, force: force)
            }
            try await NextPublications(opened).tell(asked.map(\.certificate))
        } there: { server in
            let work = RemoteWork(server: server, options: hand)
            if rehearse, let name = which.name { return try await work.rehearseRenewal(of: name) }
            if let name = which.name {
                try await work.carryOut("renew", of: name, ["force": .flag(force)])
                return try await work.tellNext([name])
            }
            let body = try which.body(["force": .flag(force)], reason: hand.reason)
            try await work.tellNext(try await work.renewAll(body))
        }
    }
}
