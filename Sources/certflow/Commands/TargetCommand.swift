import ArgumentParser
import Automation
import Foundation
import Runner
import Server
import Storage

struct TargetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "target", abstract: "The places that certificates are published to.",
        subcommands: [TargetList.self, TargetClean.self])
}

struct TargetList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "What each target holds, also those that are managed no more.")

    @OptionGroup var home: HomeOptions
    @OptionGroup var output: OutputOptions

    @Flag(help: "Only targets that are managed no more and hold something still.")
    var unmanaged = false

    func run() async throws {
        try await withHome(home) { opened in
            let reports = try await TargetReport.all(opened.ledger, opened.profiles)
                .filter { !unmanaged || $0.state != .managed }
            switch output.output {
            case .json: try JSONOutput.print(reports)
            case .table where reports.isEmpty:
                Console.line(
                    unmanaged
                        ? "There is no target that is managed no more and holds something."
                        : "No certificate is published anywhere: name a publishing profile in a flow, and apply it.")
            case .table: TargetReport.print(reports, now: Instant(Date()))
            }
        }
    }
}

struct TargetClean: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clean", abstract: "Remove what certflow put on a target that it manages no more.",
        discussion: """
            A target is managed no more where flow or profile name it no longer, or its certificate was retired; the \
            profile must still say how to reach it. Only what certflow's own records name is removed, never what was \
            changed since, and no service is reloaded.
            """)

    @OptionGroup var home: HomeOptions
    @OptionGroup var hand: HandOptions

    @Argument(help: ArgumentHelp("Targets, as `certflow target list` names them.", valueName: "profile/target"))
    var targets: [String]

    @Option(help: "Only what is of this certificate.")
    var certificate: String?

    func run() async throws {
        try await withHome(home) { opened in
            if let certificate { _ = try await opened.ledger.knownCertificate(certificate) }
            let reports = try await TargetReport.all(opened.ledger, opened.profiles)
            let meant = try targets.flatMap { try matching($0, reports) }
            try await HandWork(opened: opened, options: hand).carryOut { desk in
                var asked: [Desk.Asked] = []
                for report in meant { asked += try await desk.clean(report.target, of: report.certificate) }
                return asked
            }
            for report in meant { Console.line("Cleaned \(report.target) of \(report.certificate).") }
        }
    }

    private func matching(_ target: String, _ reports: [TargetReport]) throws -> [TargetReport] {
        let there = reports.filter { $0.target == target && (certificate ?? $0.certificate) == $0.certificate }
        let unmanaged = there.filter { $0.state != .managed }
        guard unmanaged.isEmpty else { return unmanaged }
        if let used = there.first {
            throw DeskRefusal(
                "target.in-use", "\(target) is in use by \(there.map(\.certificate).joined(separator: ", ")).",
                remedy: "Take the profile out of the flow first (`certflow apply`), or retire the certificate "
                    + "(`certflow remove \(used.certificate) --retire`).")
        }
        throw DeskRefusal.unknownTarget(target, among: reports.map(\.target))
    }
}
