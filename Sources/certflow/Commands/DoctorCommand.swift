import ArgumentParser
import Automation
import Foundation

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Look whether this home can do its work: clock, zones, rights, key, database, profiles, disk.",
        discussion:
            "Ends with 0 unless there is a problem; a warning is none. Changes nothing but what opening the home does.")

    @OptionGroup var home: HomeOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let findings = await Doctor(home.place, now: Instant(Date())).findings()
        switch output.output {
        case .json: try JSONOutput.print(findings)
        case .table: findings.print()
        }
        if findings.hasProblem { throw CommandEnding.failedAsSaid }
    }
}
