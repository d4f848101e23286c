import ArgumentParser
import Automation
import Foundation
import PluginKit
import Profiles
import Runner
import Server

struct IssuerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "issuer", abstract: "Who issues certificates, until when, and what clients have to trust.",
        subcommands: [
            IssuerListCommand.self, IssuerCheckCommand.self, IssuerShowCommand.self, IssuerAccountCommand.self,
        ])
}

struct IssuerListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "All issuing profiles: their backend, their end, and who has to be trusted.")

    @OptionGroup var home: HomeOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await withRehearsal(home) { opened, rehearsal in
            let reader = IssuerReader(opened, rehearsal)
            let usage = try await ProfileUsage(opened.ledger)
            var reports: [IssuerReport] = []
            for name in reader.names { reports.append(try await reader.glance(name, usage.issuing[name]?.count ?? 0)) }
            switch output.output {
            case .json: try JSONOutput.print(reports)
            case .table: IssuerReport.print(reports, now: Instant(Date()))
            }
        }
    }
}

struct IssuerCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Ask issuers whether they could issue now, and warn of their end.",
        discussion: "Nothing is issued. Ends with 1 where all that were asked can't issue, with 3 where some can't.")

    @OptionGroup var home: HomeOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "Issuing profiles; all that certificates name, and local ones, where none is named.")
    var names: [String] = []

    func run() async throws {
        try await withRehearsal(home) { opened, rehearsal in
            let reader = IssuerReader(opened, rehearsal)
            for name in names where !reader.names.contains(name) { throw reader.unknown(name) }
            var reports: [IssuerReport] = []
            for name in names { reports.append(await reader.report(name, 0)) }
            for name in reader.names where names.isEmpty {
                if try await reader.isOfConcern(name) { reports.append(await reader.report(name, 0)) }
            }
            switch output.output {
            case .json: try JSONOutput.print(reports)
            case .table: IssuerReport.printFindings(reports)
            }
            let failed = reports.filter { !$0.usable }.count
            if failed > 0 { throw failed == reports.count ? CommandEnding.failedAsSaid : .someTargetsFailed }
        }
    }
}

struct IssuerShowCommand: AsyncParsableCommand {
    enum Format: String, ExpressibleByArgument, CaseIterable { case text, pem, der }

    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "A local authority's root certificate, for clients that have to trust it.",
        discussion: """
            For example: `certflow issuer show local-authority --format pem --out root.crt`, then on Debian copy it to \
            /usr/local/share/ca-certificates/ and run update-ca-certificates there.
            """)

    @OptionGroup var home: HomeOptions

    @Argument(help: "The issuing profile.")
    var name: String

    @Option(help: "text for people; pem or der: the root itself.")
    var format: Format = .text

    @Option(help: ArgumentHelp("Where to; standard output if not given.", valueName: "file"))
    var out: String?

    @Flag(help: "Also over a file that is there.")
    var force = false

    func run() async throws {
        try await withRehearsal(home) { opened, rehearsal in
            let reader = IssuerReader(opened, rehearsal)
            guard reader.names.contains(name) else { throw reader.unknown(name) }
            guard format != .text else {
                return await IssuerReport.printFindings([reader.report(name, 0)])
            }
            guard let anchor = try await reader.anchor(name) else {
                throw DeskRefusal(
                    "issuer.no-anchor", "\(name) is no local authority: its root is not kept here.",
                    remedy: "Public authorities are trusted by clients already; of others, ask who runs them.")
            }
            try write(format == .pem ? anchor.pem : anchor.der)
        }
    }

    private func write(_ bytes: Data) throws {
        guard let out else {
            return try bytes.withUnsafeBytes {
                guard Console.write($0) else { throw NewFile.notWritten("Standard output", errno) }
            }
        }
        var file = try NewFile(out)
        try bytes.withUnsafeBytes { try file.write($0) }
        try file.place(mode: 0o644, replacing: force)
        Console.error("wrote \(out)")
    }
}
