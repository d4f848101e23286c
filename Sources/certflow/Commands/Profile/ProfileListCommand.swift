import ArgumentParser
import Foundation
import PluginKit
import Profiles
import Server

struct ProfileListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "All profiles: what they use, whether they can be used, and by how many flows.")

    @OptionGroup var place: PlaceOptions
    @OptionGroup var output: OutputOptions

    @Flag(help: "List the backends that profiles can name instead.")
    var backends = false

    func run() async throws {
        if backends {
            let reports = BackendReport.all(of: Wiring.registry())
            switch output.output {
            case .json: try JSONOutput.print(reports)
            case .table: BackendReport.print(reports)
            }
            return
        }
        try await place.work { opened in
            try tell(ProfileReport.all(opened.profiles, try await ProfileUsage(opened.ledger)))
        } there: { server in
            try tell(try await server.all(["profiles"]))
        }
    }

    private func tell(_ reports: [ProfileReport]) throws {
        switch output.output {
        case .json: try JSONOutput.print(reports)
        case .table: ProfileReport.print(reports)
        }
    }
}
