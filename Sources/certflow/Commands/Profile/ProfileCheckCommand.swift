import ArgumentParser
import Automation
import Foundation
import PluginKit
import Profiles
import Runner
import Server

struct ProfileCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Check profiles: their YAML, then whether each target can be published to.",
        discussion: """
            Each target is asked by its publisher, with a certificate that uses the profile: it connects and looks whether \
            it may write there, and changes nothing. Where the profile now renders something else than targets hold, it says \
            how many publications that causes, and when. Ends with 1 where a profile is broken or all targets failed, with 3 \
            where some did. Files that are no profiles are told beside the home alone.
            """)

    @OptionGroup var place: PlaceOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "Profiles; all publishing and issuing ones where none is named.")
    var names: [String] = []

    @Flag(help: "Only read the files: reach no target.")
    var offline = false

    /// How long a server may take for one profile.
    private static let patience = Duration.seconds(600)

    func run() async throws {
        try await place.work(here: check, there: check)
    }

    private func check(_ server: RemoteServer) async throws {
        var reports: [ProfileCheckReport] = []
        for profile in try await server.profiles(names) {
            reports.append(
                try await server.ask(
                    ["profiles", profile.kind, profile.name, "check"], ["offline": .flag(offline)],
                    patience: Self.patience))
        }
        try tell(reports, loose: [])
    }

    private func check(_ opened: OpenedHome) async throws {
        try await opened.rehearsing { rehearsal in
            let set = opened.profiles
            try requireKnown(set)
            let usage = try await ProfileUsage(opened.ledger)
            var reports: [ProfileCheckReport] = []
            for report in ProfileReport.all(set, usage) where names.isEmpty || names.contains(report.name) {
                var check = ProfileCheckReport(report)
                if report.valid, report.kind == "publishing", !offline, let profile = set.publishing[report.name] {
                    check.publishesAgain(try await rehearsal.publishesAgain(profile.name))
                    await check.reach(profile, usage.publishing[report.name]?.examples.first, rehearsal) { error in
                        let complaint = Complaint(error)
                        return (complaint.message, complaint.remedy)
                    }
                }
                reports.append(check)
            }
            // Of files that are no profiles, and folders that can't be read: nobody asked for them by name.
            try tell(reports, loose: names.isEmpty ? Self.loose(opened.shelf.problems, reports) : [])
        }
    }

    private func tell(_ reports: [ProfileCheckReport], loose: [String]) throws {
        switch output.output {
        case .json: try JSONOutput.print(reports)
        case .table: ProfileCheckReport.print(reports, loose: loose, reachesTargets: !offline)
        }
        if let ending = ProfileCheckReport.ending(reports, hasLoose: !loose.isEmpty) { throw ending }
    }

    private static func loose(_ problems: [String], _ reports: [ProfileCheckReport]) -> [String] {
        let told = Set(reports.flatMap(\.problems))
        return problems.filter { !told.contains($0) }
    }

    private func requireKnown(_ set: ProfileSet) throws {
        let known = Set(set.publishing.keys).union(set.issuing.keys).union(set.brokenPublishing.keys)
            .union(set.brokenIssuing.keys)
        for name in names where !known.contains(name) {
            throw DeskRefusal(
                "profile.unknown", "There is no profile \"\(name)\".",
                remedy: NearestKey.remedy(for: name, among: known.sorted()))
        }
    }
}
