import ArgumentParser
import Automation
import Foundation
import Runner
import Server
import Storage

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Renewed, published, serving: three facts for each certificate.")

    @OptionGroup var place: PlaceOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "Certificates; all where none is named.")
    var names: [String] = []

    func run() async throws {
        try await place.work { opened in
            let now = Instant(Date())
            try tell(try await StatusReader(opened.ledger, opened.profiles, now: now).reports(names))
        } there: { server in
            try tell(try await server.status(names))
        }
    }

    private func tell(_ reports: [StatusReport]) throws {
        switch output.output {
        case .json: try JSONOutput.print(reports)
        case .table: StatusTable(reports, now: Instant(Date())).print()
        }
    }
}
