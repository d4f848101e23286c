import ArgumentParser
import Automation
import Foundation
import Runner
import Server
import Storage

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Renewed, published, serving: three facts for each certificate.")

    @OptionGroup var home: HomeOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "Certificates; all where none is named.")
    var names: [String] = []

    func run() async throws {
        try await withHome(home) { opened in
            let reports = try await StatusReader(
                opened.ledger, opened.profiles, now: Instant(Date())
            ).reports(names)
            switch output.output {
            case .json: try JSONOutput.print(reports)
            case .table: StatusTable(reports, now: Instant(Date())).print()
            }
        }
    }
}
