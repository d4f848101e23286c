import ArgumentParser
import Runner

struct RevokedCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoked", abstract: "Tell that a version was revoked: it is replaced at once, with a new key.",
        discussion: """
            For a version that its CA has revoked, or whose key is known to others. It is told to nobody: revoke it at \
            the CA as well. A new version with a new key is issued at once, outside any window; what waits of the \
            revoked one is never published, and targets that hold it get the new one within 24 hours.
            """)

    @OptionGroup var home: HomeOptions

    @Argument(help: "The certificate.")
    var name: String

    @Option(help: "The number of the version; the current one where none is named.")
    var version: Int?

    @Option(help: "Why, for the audit trail.")
    var reason = ""

    func run() async throws {
        try await withHome(home) { opened in
            try await opened.desk(reason: reason).noteRevoked(name, version: version)
            let isAwake = WakeSocket.wake(opened.home)
            Console.line("Noted. " + (isAwake ? "The runner replaces it now." : "`certflow run` replaces it."))
        }
    }
}
