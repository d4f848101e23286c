import ArgumentParser
import Foundation
import PluginKit
import Profiles
import Runner
import Server

struct ProfileRenderCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "render",
        abstract: "What a profile would publish of a certificate: places, files or requests, commands, proof.",
        discussion: """
            Nothing is reached and nothing is changed. Keys and secrets are never shown: of files it shows size and \
            digest; the digest of one that holds a key is made with a key of the home. Requests are shown as they \
            would be sent; what only an answer tells stands there by its name.
            """)

    @OptionGroup var home: HomeOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The publishing profile.")
    var profile: String

    @Argument(help: "The certificate; its flow need not name the profile.")
    var certificate: String

    @Option(help: "Only this target.")
    var target: String?

    func run() async throws {
        try await withRehearsal(home) { opened, rehearsal in
            if let absence = opened.profiles.unfitness(forFlows: profile) {
                throw DeskRefusal("profile.missing", absence.message, remedy: absence.remedy)
            }
            guard let known = opened.profiles.publishing[profile] else { return }
            let targets = known.targets.map(\.name)
            if let target, !targets.contains(target) {
                throw DeskRefusal(
                    "target.unknown", "The profile \(profile) has no target \"\(target)\".",
                    remedy: NearestKey.remedy(for: target, among: targets))
            }
            let schema = opened.registry.publishers[known.publisher]?.manifest.options ?? OptionSchema()
            var reports: [RenderingReport] = []
            for name in target.map({ [$0] }) ?? targets {
                let rendering = try await rehearsal.render(certificate, profile: profile, target: name)
                reports.append(RenderingReport(certificate, profile, name, rendering, schema))
            }
            switch output.output {
            case .json: try JSONOutput.print(reports)
            case .table: for report in reports { report.print() }
            }
        }
    }
}
