import ArgumentParser
import Foundation
import Runner

struct RemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Remove a certificate with its keys and records, or take it out of service.",
        discussion: """
            Refused while a target holds an unexpired version: then --retire keeps the records and only stops the work. \
            Nothing is deleted on targets; `certflow target clean` does that. The audit trail stays for ever.
            """)

    @OptionGroup var home: HomeOptions

    @Argument(help: "The certificate.")
    var name: String

    @Flag(help: "Keep keys and records, and start nothing of it any more.")
    var retire = false

    @Flag(name: [.customShort("y"), .long], help: "Do not ask.")
    var yes = false

    @Option(help: "Why, for the audit trail.")
    var reason = ""

    func run() async throws {
        try await withHome(home) { opened in
            let desk = opened.desk(reason: reason)
            let removal = try await desk.remove(name, retire: retire, isRehearsal: true)
            if !retire, !yes, !confirmed(removal) {
                throw CommandEnding.failed(Complaint("Nothing was removed."))
            }
            _ = try await desk.remove(name, retire: retire)
            WakeSocket.wake(opened.home)
            Console.line(retire ? "\(name) is out of service; its records stay." : "Removed \(name).")
            for target in removal.left {
                Console.line(
                    "  \(target) holds files of it still\(retire ? ": `certflow target clean \(target)`" : "").")
            }
        }
    }

    /// Asks on a terminal; a script that names the certificate means it.
    private func confirmed(_ removal: Desk.Removal) -> Bool {
        guard isatty(STDIN_FILENO) == 1, Console.isTerminal else { return true }
        Console.line("\(name): its \(removal.versions) versions and their private keys are removed for good.")
        Console.line("Remove it? [y/N]")
        return ["y", "yes"].contains(readLine()?.lowercased() ?? "")
    }
}
