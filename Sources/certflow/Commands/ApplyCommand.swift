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
            Says what changes, which versions it issues, and which publications it causes and when; then does all of it \
            or nothing. A flow that stands in no file stays as it is.
            """)

    @OptionGroup var home: HomeOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: ArgumentHelp("Files with certificates and flows; - is standard input.", valueName: "file"))
    var files: [String]

    @Flag(help: "Only show what would change.")
    var dryRun = false

    @Option(help: "Why, for the audit trail.")
    var reason = ""

    func run() async throws {
        try await withHome(home) { opened in
            let specs = try read(opened)
            let desk = opened.desk(reason: reason)
            let report = ApplyReport(
                try await desk.apply(specs, isRehearsal: true), try await desk.consequences(of: specs), dryRun: dryRun)
            switch output.output {
            case .json: try JSONOutput.print(report)
            case .table: report.print(now: Instant(Date()))
            }
            guard !dryRun else { return }
            let applied = try await desk.apply(specs, isRehearsal: false)
            WakeSocket.wake(opened.home)
            guard output.output == .table else { return }
            let changed = applied.filter { $0.effect != .unchanged }.count
            Console.line(changed == 0 ? "Nothing to change." : "Applied: \(changed) of \(applied.count).")
        }
    }

    private func read(_ opened: OpenedHome) throws -> [CertificateSpec] {
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
        let parsed = FlowsFile.parse(sources, profiles: opened.profiles, defaults: opened.settings.defaults)
        problems += parsed.problems
        guard problems.isEmpty else {
            throw CommandEnding.failed(Complaint(problems.map(\.description).joined(separator: "\n")))
        }
        return parsed.specs
    }
}
