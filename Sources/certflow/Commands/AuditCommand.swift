import ArgumentParser
import Automation
import Foundation
import Runner
import Server
import Storage

struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "The audit trail: every change, by whom and why, in a chain that shows tampering.",
        subcommands: [AuditListCommand.self, AuditVerifyCommand.self])
}

struct AuditListCommand: AsyncParsableCommand {
    enum Format: String, ExpressibleByArgument, CaseIterable { case table, json, jsonl }

    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "The events of the home, or of one certificate, oldest first.")

    @OptionGroup var place: PlaceOptions

    @Option(help: "How to print: for people, as one JSON array, or as JSON lines.")
    var output: Format = .table

    @Option(help: ArgumentHelp("Only the events of this certificate.", valueName: "name"))
    var certificate: String?

    @Option(help: ArgumentHelp("Only what happened since: \(PastArgument.help).", valueName: "time"))
    var since: PastArgument?

    @Option(help: "How many events at most, the newest; default 100, or all where --since is given.")
    var limit: Int?

    func validate() throws {
        guard limit.map({ (1...10_000_000).contains($0) }) ?? true else {
            throw ValidationError("--limit takes 1 to 10000000.")
        }
    }

    func run() async throws {
        try await place.work { opened in
            let events = try await events(opened.ledger)
            if events.isEmpty, let certificate {
                _ = try await opened.ledger.knownCertificate(certificate)
            }
            try tell(events.map(AuditReport.Entry.init))
        } there: { server in
            try tell(
                try await server.events(of: certificate, since: start, limit: limit ?? (start == nil ? 100 : .max)))
        }
    }

    private func tell(_ events: [AuditReport.Entry]) throws {
        switch output {
        case .table: AuditReport.print(events)
        case .json: try JSONOutput.print(events)
        case .jsonl: for event in events { try JSONOutput.printLine(event) }
        }
    }

    private var start: Instant? { since?.moment(in: ProgressPrinter.zone, now: Instant(Date())) }

    /// Ascending.
    private func events(_ ledger: some LedgerReading) async throws -> [Event] {
        guard let start else {
            return try await ledger.latestEvents(certificate: certificate, limit: limit ?? 100).reversed()
        }
        var size = 1000
        while true {
            let newest = try await ledger.latestEvents(certificate: certificate, limit: size)
            // Sequence and time agree but for jumps of the clock.
            if let oldest = newest.last, newest.count == size, oldest.draft.at >= start {
                size *= 4
                continue
            }
            return newest.filter { $0.draft.at >= start }.prefix(limit ?? .max).reversed()
        }
    }
}

struct AuditVerifyCommand: AsyncParsableCommand {
    /// How long a server may take for it.
    private static let patience = Duration.seconds(1800)

    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Check with the home's key that no event was changed, removed or put in.",
        discussion: "Ends with 1 and names the first bad event where one was.")

    @OptionGroup var place: PlaceOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await place.work { opened in
            let verifier = try await opened.ledger.verifyAudit(key: opened.auditKey)
            try tell(
                VerificationForm(verifier, head: try await opened.ledger.auditHead()), of: opened.home.path)
        } there: { server in
            try tell(try await server.get(["events", "verification"], patience: Self.patience), of: server.url)
        }
    }

    /// - Parameter home: where it is.
    private func tell(_ form: VerificationForm, of home: String) throws {
        switch output.output {
        case .json: try JSONOutput.print(form)
        case .table: print(form, of: home)
        }
        guard form.intact else { throw CommandEnding.failedAsSaid }
    }

    private func print(_ form: VerificationForm, of home: String) {
        guard !form.intact else {
            let end = form.head.map { ", up to event \($0) with the code \(Console.oneLine(form.code ?? ""))" }
            return Console.line(
                "\(Wording.count(form.events, "event")), unbroken\(end ?? ""). Note the last one elsewhere: a whole "
                    + "database that was put back to an earlier day shows only there.")
        }
        let findings = form.findings.map { Console.oneLine($0.message) }
        Console.line(
            "\(Console.paint("!", .bad)) The audit trail was tampered with, or is damaged. \(findings.first ?? "")")
        for finding in findings.dropFirst().prefix(9) { Console.line("  \(finding)") }
        if findings.count > 10 { Console.line("  … and \(findings.count - 10) more.") }
        Console.line(
            "  Find out who had access to \(home); compare with a backup (`certflow restore` into another home)."
        )
    }
}
