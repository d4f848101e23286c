import ArgumentParser
import Automation
import Foundation
import Runner
import Server
import Storage

struct HistoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history", abstract: "What was done to a certificate, by whom, why, and what came of it.",
        discussion: "Newest first. Attempts that failed stand with what they printed and what to do.")

    @OptionGroup var place: PlaceOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The certificate; also one that was removed.")
    var name: String

    @Option(help: "How many entries at most, the newest.")
    var limit = 50

    @Flag(help: "The oldest of them first.")
    var ascending = false

    @Flag(help: "Also single steps, attempts that succeeded, and outputs as a whole.")
    var full = false

    func validate() throws {
        guard (1...1_000_000).contains(limit) else { throw ValidationError("--limit takes 1 to 1000000.") }
    }

    func run() async throws {
        try await place.work { opened in
            let (id, zone) = try await opened.ledger.certificateOfHistory(name)
            // One more than is shown tells whether there is more.
            let report = HistoryReport(
                events: try await opened.ledger.latestEvents(certificate: name, limit: limit + 1),
                attempts: try await opened.ledger.attempts(of: id, work: nil, limit: limit + 1),
                limit: limit, ascending: ascending)
            try tell(report, in: zone)
        } there: { server in
            let (report, zone) = try await server.history(name, limit: limit, ascending: ascending)
            try tell(report, in: zone)
        }
    }

    private func tell(_ report: HistoryReport, in zone: Zone) throws {
        switch output.output {
        case .json: try JSONOutput.print(report.entries)
        case .table: report.print(name, in: zone, now: Instant(Date()), isFull: full)
        }
    }
}
