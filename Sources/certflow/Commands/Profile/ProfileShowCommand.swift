import ArgumentParser
import Foundation
import PluginKit
import Profiles
import Runner
import Server

struct ProfileShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "One profile: its targets, options and steps, and who uses it.")

    @OptionGroup var place: PlaceOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The profile; of a publishing and an issuing one of that name, the publishing one.")
    var name: String

    func run() async throws {
        try await place.work { opened in
            let usage = try await ProfileUsage(opened.ledger)
            if let profile = opened.profiles.publishing[name] {
                try tell(ProfileDetail(profile, usage.publishing[name]))
            } else if let profile = opened.profiles.issuing[name] {
                try tell(ProfileDetail(profile, usage.issuing[name]))
            } else {
                let isIssuing = opened.profiles.brokenIssuing[name] != nil
                guard let absence = opened.profiles.absence(of: name, isIssuing ? .issuing : .publishing) else {
                    return
                }
                throw DeskRefusal("profile.missing", absence.message, remedy: absence.remedy)
            }
        } there: { server in
            let found = try await server.profiles([name])
            let meant = found.filter(\.valid) + found
            let kind = meant.first { $0.kind == "publishing" && $0.valid }?.kind ?? meant.first?.kind ?? "publishing"
            try tell(try await server.get(["profiles", kind, name]))
        }
    }

    private func tell(_ report: ProfileDetail) throws {
        switch output.output {
        case .json: try JSONOutput.print(report)
        case .table: report.print()
        }
    }
}
