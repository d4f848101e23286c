import ArgumentParser
import Automation
import Foundation
import Runner
import Server
import Storage

struct ShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Everything about one certificate: flow, versions, targets, troubles, what comes next.")

    @OptionGroup var place: PlaceOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The certificate.")
    var name: String

    @Option(help: "How many versions at most, the newest.")
    var versions = 10

    func validate() throws {
        guard (1...100_000).contains(versions) else { throw ValidationError("--versions takes 1 to 100000.") }
    }

    func run() async throws {
        try await place.work { opened in
            let now = Instant(Date())
            let outlooks = try await OutlookReader(opened).outlooks(
                name, until: { max(now, $0.state.life?.notAfter ?? now) + .days(400) })
            guard let outlook = outlooks.first else { return }
            let versions = try await opened.ledger.versions(of: outlook.certificate.id, limit: versions + 1)
            try tell(
                ShowForm(outlook, versions: versions, limit: self.versions, profiles: opened.profiles, now: now))
        } there: { server in
            try tell(try await server.show(name, versions: versions))
        }
    }

    private func tell(_ form: ShowForm) throws {
        switch output.output {
        case .json: try JSONOutput.print(form)
        case .table: form.print(now: Instant(Date()))
        }
    }
}
