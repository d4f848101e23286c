import ArgumentParser
import Runner

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

    @OptionGroup var home: HomeOptions

    @Argument(help: "The certificate.")
    var name: String

    @Option(help: "The number of the version; the current one where none is named.")
    var version: Int?

    @OptionGroup var hand: HandOptions

    func run() async throws {
        try await withHome(home) { opened in
            let desk = opened.desk(reason: hand.reason)
            let replacement = try await desk.noteRevoked(name, version: version, asking: true)
            Console.line("Noted: \(version.map { "version \($0)" } ?? "the current version") of \(name) is revoked.")
            try await RevokedFollowing(opened: opened, name: name, timeout: hand.timeout, reason: hand.reason)
                .tell(replacement)
        }
    }
}
