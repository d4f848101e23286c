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

    @OptionGroup var home: HomeOptions
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
        try await withHome(home) { opened in
            let certificate = try await known(opened)
            // One more than is shown tells whether there is more.
            let report = HistoryReport(
                certificate, events: try await opened.ledger.latestEvents(certificate: name, limit: limit + 1),
                attempts: try await opened.ledger.attempts(of: certificate.id, work: nil, limit: limit + 1),
                limit: limit, ascending: ascending, now: Instant(Date()))
            switch output.output {
            case .json: try JSONOutput.print(report.entries)
            case .table: report.print(isFull: full)
            }
        }
    }

    /// A removed certificate has no record any more, but events for ever.
    private func known(_ opened: OpenedHome) async throws -> CertificateRecord {
        do {
            return try await opened.ledger.knownCertificate(name)
        } catch let refusal as DeskRefusal {
            guard let event = try await opened.ledger.latestEvents(certificate: name, limit: 1).first else {
                throw refusal
            }
            return CertificateRecord(
                id: 0, name: name, subjects: [], issuer: "", seed: 0, createdAt: event.draft.at)
        }
    }
}
