import ArgumentParser
import Foundation
import Runner
import Server

struct RemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Remove a certificate with its keys and records, or take it out of service.",
        discussion: """
            Refused while a target holds an unexpired version: then --retire keeps the records and only stops the work. \
            Nothing is deleted on targets; `certflow target clean` does that. The audit trail stays for ever.
            """)

    @OptionGroup var place: PlaceOptions

    @Argument(help: "The certificate.")
    var name: String

    @Flag(help: "Keep keys and records, and start nothing of it any more.")
    var retire = false

    @Flag(name: [.customShort("y"), .long], help: "Do not ask.")
    var yes = false

    @Option(help: "Why, for the audit trail.")
    var reason = ""

    func run() async throws {
        try await place.work { opened in
            let desk = opened.desk(reason: reason)
            let removal = try await desk.remove(name, retire: retire, isRehearsal: true)
            try confirm(versions: removal.versions)
            _ = try await desk.remove(name, retire: retire)
            WakeSocket.wake(opened.home)
            conclude(left: removal.left)
        } there: { server in
            let path = ["certificates", name, "remove"]
            let body = RemoteWork.body(["retire": .flag(retire)], reason: reason)
            let removal: RemovalForm = try await server.ask(
                path, body.merging(["dryRun": .flag(true)]) { $1 }, patience: .seconds(60))
            try confirm(versions: removal.versions)
            let removed: RemovalForm = try await server.act(path, body)
            conclude(left: removed.left)
        }
    }

    /// Asks on a terminal; a script that names the certificate means it.
    private func confirm(versions: Int) throws {
        guard !retire, !yes, isatty(STDIN_FILENO) == 1, Console.isTerminal else { return }
        Console.line("\(name): its \(versions) versions and their private keys are removed for good.")
        Console.line("Remove it? [y/N]")
        guard ["y", "yes"].contains(readLine()?.lowercased() ?? "") else {
            throw CommandEnding.failed(Complaint("Nothing was removed."))
        }
    }

    private func conclude(left: [String]) {
        Console.line(retire ? "\(name) is out of service; its records stay." : "Removed \(name).")
        for target in left {
            let remedy = retire ? ": `certflow target clean \(target)`" : ""
            Console.line(Console.oneLine("  \(target) holds files of it still\(remedy)."))
        }
    }
}
