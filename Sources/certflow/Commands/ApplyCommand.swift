import ArgumentParser
import Foundation
import PluginKit
import Profiles
import Runner

struct ApplyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply", abstract: "Create or change certificates and their flows; shows the difference first.")

    @OptionGroup var home: HomeOptions

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
            show(try await desk.apply(specs, isRehearsal: true))
            guard !dryRun else { return }
            let applied = try await desk.apply(specs, isRehearsal: false)
            WakeSocket.wake(opened.home)
            let changed = applied.filter { $0.effect != .unchanged }.count
            Console.line(changed == 0 ? "Nothing to change." : "Applied: \(changed) of \(applied.count).")
        }
    }

    private func read(_ opened: OpenedHome) throws -> [CertificateSpec] {
        var specs: [CertificateSpec] = []
        var problems: [OptionProblem] = []
        for file in files {
            let text: Data
            if file == "-" {
                text = FileHandle.standardInput.readDataToEndOfFile()
            } else {
                do {
                    text = try Data(contentsOf: URL(fileURLWithPath: file))
                } catch {
                    throw CommandEnding.failed(
                        Complaint("\(file) can't be read.", remedy: "Check the path and its rights."))
                }
            }
            let parsed = FlowsFile.parse(
                String(decoding: text, as: UTF8.self), file: file, profiles: opened.profiles,
                defaults: opened.settings.defaults)
            specs += parsed.specs
            problems += parsed.problems
        }
        guard problems.isEmpty else {
            throw CommandEnding.failed(Complaint(problems.map(\.description).joined(separator: "\n")))
        }
        return specs
    }

    private func show(_ applied: [Desk.AppliedCertificate]) {
        for certificate in applied where certificate.effect != .unchanged {
            let sign = certificate.effect == .created ? Console.paint("+", .good) : Console.paint("~", .warning)
            Console.line("\(sign) \(certificate.name)")
            for line in certificate.differences { Console.line("    \(Console.harmless(line))") }
        }
    }
}
