import ArgumentParser
import Automation
import Foundation
import Runner

struct PauseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Start nothing of a flow until it is resumed, or until a time.",
        discussion: "What runs is finished, targets are watched, alarms stay, and what is asked for by hand is done.")

    @OptionGroup var home: HomeOptions
    @OptionGroup var which: SelectionOptions

    @Option(help: ArgumentHelp("Until then: \(MomentArgument.help).", valueName: "time"))
    var until: MomentArgument?

    @Option(help: "Why, for the audit trail and the status.")
    var reason = ""

    func run() async throws {
        try await withHome(home) { opened in
            let selection = try which.selection()
            let zone = try await which.zone(opened)
            let end = until?.moment(in: zone, now: Instant(Date()))
            let paused = try await opened.desk(reason: reason).pause(selection, until: end)
            WakeSocket.wake(opened.home)
            let words = end.map { "until \(Moments(now: Instant(Date())).words($0, in: zone))" } ?? "until resumed"
            for name in paused.names { Console.line("Paused \(name) \(words).") }
        }
    }
}

struct ResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "End a pause, and release targets that a rollback holds.",
        discussion: "What is overdue by then runs at once, as far as its window allows.")

    @OptionGroup var home: HomeOptions
    @OptionGroup var which: SelectionOptions

    @Option(help: "Why, for the audit trail.")
    var reason = ""

    func run() async throws {
        try await withHome(home) { opened in
            let resumed = try await opened.desk(reason: reason).resume(try which.selection())
            for name in resumed.names { Console.line("Resumed \(name).") }
            for target in resumed.released { Console.line("Released \(target).") }
            if resumed.names.isEmpty { Console.line("Nothing of it was paused or held.") }
            if !WakeSocket.wake(opened.home), !resumed.names.isEmpty { NextPublications.adviseRunner() }
        }
    }
}
