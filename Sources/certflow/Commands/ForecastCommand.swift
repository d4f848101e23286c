import ArgumentParser
import Automation
import Foundation
import Runner
import Server
import Storage

struct ForecastCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forecast", abstract: "What will happen, when and why, should each run succeed at once.",
        discussion: """
            Asks the planners that the schedule asks, and runs them forward. Of all certificates it also counts the days \
            and hours that the runs fall on. `certflow explain NAME` tells one certificate's next runs step by step.
            """)

    @OptionGroup var place: PlaceOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The certificate; all where none is named.")
    var name: String?

    @Option(help: "How many days ahead.")
    var days = 90

    @Option(
        help: ArgumentHelp(
            "Where it starts, else now: \(MomentArgument.help). What comes before is assumed to have succeeded.",
            valueName: "time"))
    var from: MomentArgument?

    @Option(help: "How many runs the table shows at most; JSON holds all, up to 1,000 of a certificate.")
    var limit = 200

    func validate() throws {
        guard (1...36_500).contains(days) else { throw ValidationError("--days takes 1 to 36500.") }
        guard limit >= 1 else { throw ValidationError("--limit takes 1 or more.") }
    }

    func run() async throws {
        try await place.work { opened in
            let now = Instant(Date())
            let start = try await start(now) { try await opened.ledger.knownCertificate($0).flow.rules.window.zone }
            let until = start + .days(Int64(days))
            let outlooks = try await OutlookReader(opened).outlooks(name, until: { _ in until }, showing: start)
            try tell(ForecastReport(outlooks: outlooks, from: start, until: until, now: now))
        } there: { server in
            let now = Instant(Date())
            let start = try await start(now) { try await server.status([$0]).first?.zone ?? .utc }
            try tell(try await server.forecast(name, days: days, from: from == nil ? nil : start))
        }
    }

    /// Read on the certificate's clock, or on this machine's for all of them.
    private func start(_ now: Instant, zone: (String) async throws -> Zone) async throws -> Instant {
        guard let from else { return now }
        guard let name else { return from.moment(in: ProgressPrinter.zone, now: now) }
        return from.moment(in: try await zone(name), now: now)
    }

    private func tell(_ report: ForecastReport) throws {
        switch output.output {
        case .json: try report.printJSON()
        case .table: report.print(limit: limit, isOfOne: name != nil)
        }
    }
}

struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Why a certificate's next runs are when they are, step by step.")

    @OptionGroup var place: PlaceOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The certificate.")
    var name: String

    func run() async throws {
        try await place.work { opened in
            let now = Instant(Date())
            // No rule waits longer than a year past the end; what comes after the next round is not told here.
            let outlooks = try await OutlookReader(opened).outlooks(
                name, until: { max(now, $0.state.life?.notAfter ?? now) + .days(400) })
            guard let outlook = outlooks.first else { return }
            try tell(Explanation(outlook, now: now).form)
        } there: { server in
            try tell(try await server.explanation(name))
        }
    }

    private func tell(_ form: Explanation.Form) throws {
        switch output.output {
        case .json: try JSONOutput.print(form)
        case .table: form.print(now: Instant(Date()))
        }
    }
}
