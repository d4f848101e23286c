import ArgumentParser
import Automation
import Foundation
import PluginKit
import Profiles
import Runner
import Server

struct ApplyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply", abstract: "Create or change certificates and their flows; shows the difference first.",
        discussion: """
            Says what changes, which versions it issues, which publications it causes and when, and what a changed flow \
            makes people think about; then does all of it or nothing. A flow that stands in no file stays as it is.
            """)

    @OptionGroup var place: PlaceOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: ArgumentHelp("Files with certificates and flows; - is standard input.", valueName: "file"))
    var files: [String]

    @Flag(help: "Only show what would change.")
    var dryRun = false

    @Option(
        help: ArgumentHelp(
            "With --server: a warning that is accepted, as the refusal names it; may be repeated.",
            valueName: "certificate/id"))
    var confirm: [String] = []

    @Option(help: "Why, for the audit trail.")
    var reason = ""

    /// How long a server may take for a thousand certificates.
    private static let patience = Duration.seconds(600)

    func run() async throws {
        try await place.work(here: apply, there: apply)
    }

    private func apply(_ opened: OpenedHome) async throws {
        let (sources, unread) = read()
        let parsed = FlowsFile.parse(sources, profiles: opened.profiles, defaults: opened.settings.defaults)
        try Self.refuse(unread + parsed.problems)
        let desk = opened.desk(reason: reason)
        let rehearsed = try await desk.apply(parsed.specs, isRehearsal: true)
        let report = ApplyReport(
            parsed.specs, rehearsed, try await desk.consequences(of: parsed.specs),
            try await opened.foreseeing { foresight in
                try await FlowWarnings(of: parsed.specs, desk, foresight, now: Instant(Date()))
            }, dryRun: dryRun)
        try tell(report, confirms: false)
        guard !dryRun else { return }
        _ = try await desk.apply(parsed.specs, isRehearsal: false)
        WakeSocket.wake(opened.home)
        conclude(report)
    }

    private func apply(_ server: RemoteServer) async throws {
        let (sources, unread) = read()
        try Self.refuse(unread)
        let files = sources.map { JSONValue.object(["name": .text($0.path), "content": .text($0.text)]) }
        let body = RemoteWork.body(
            ["files": .list(files), "confirm": confirm.isEmpty ? nil : .list(confirm.map { .text($0) })],
            reason: reason)
        var report: ApplyReport = try await server.ask(
            ["apply"], body.merging(["dryRun": .flag(true)]) { $1 }, patience: Self.patience)
        report.dryRun = dryRun
        try tell(report, confirms: true)
        guard !dryRun else { return }
        let applied: ApplyReport = try await server.act(["apply"], body, patience: Self.patience)
        conclude(applied)
    }

    private func tell(_ report: ApplyReport, confirms: Bool) throws {
        switch output.output {
        case .json: try JSONOutput.print(report)
        case .table: report.print(now: Instant(Date()), confirms: confirms)
        }
    }

    private func conclude(_ report: ApplyReport) {
        guard output.output == .table else { return }
        let changed = report.certificates.filter { !$0.isUnchanged }.count
        Console.line(changed == 0 ? "Nothing to change." : "Applied: \(changed) of \(report.certificates.count).")
    }

    private func read() -> (sources: [SourceFile], problems: [OptionProblem]) {
        var sources: [SourceFile] = []
        var problems: [OptionProblem] = []
        for file in files {
            do throws(OptionProblem) {
                sources.append(
                    file == "-"
                        ? try SourceFile(bytes: FileHandle.standardInput.readDataToEndOfFile(), path: "standard input")
                        : try SourceFile(reading: file))
            } catch {
                problems.append(error)
            }
        }
        return (sources, problems)
    }

    private static func refuse(_ problems: [OptionProblem]) throws {
        guard !problems.isEmpty else { return }
        throw CommandEnding.failed(Complaint(problems.map(\.description).joined(separator: "\n")))
    }
}
