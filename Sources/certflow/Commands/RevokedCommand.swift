import ArgumentParser
import Runner
import Server

struct RevokedCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoked", abstract: "Tell that a version was revoked: it is replaced at once, with a new key.",
        discussion: """
            For a version that its CA has revoked, or whose key is known to others. It is told to nobody: revoke it at \
            the CA as well. Where it is the current one, a new version with a new key is issued at once, outside any \
            window and also where auto-renewal is off; what waits of the revoked one is never published, and targets \
            that hold it get the new one within 24 hours. A version that was imported is replaced only where \
            auto-renewal is on.
            """)

    @OptionGroup var place: PlaceOptions

    @Argument(help: "The certificate.")
    var name: String

    @Option(help: "The number of the version; the current one where none is named.")
    var version: Int?

    @OptionGroup var hand: HandOptions

    func run() async throws {
        try await place.work { opened in
            let desk = opened.desk(reason: hand.reason)
            let replacement = try await desk.noteRevoked(name, version: version, asking: true)
            tellNoted()
            try await RevokedFollowing(opened: opened, name: name, timeout: hand.timeout, reason: hand.reason)
                .tell(replacement)
        } there: { server in
            let work = RemoteWork(server: server, options: hand)
            let body = RemoteWork.body(["version": version.map { .number(Double($0)) }], reason: hand.reason)
            let before = try await work.newest(of: name)
            let form: RevocationForm = try await server.act(["certificates", name, "revoked"], body)
            tellNoted()
            try await work.replace(form, since: before)
        }
    }

    private func tellNoted() {
        let which = version.map { "version \($0)" } ?? "the current version"
        Console.line(Console.oneLine("Noted: \(which) of \(name) is revoked."))
    }
}
