import ArgumentParser
import Automation
import Foundation
import Runner
import Server

struct PauseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Start nothing of a flow until it is resumed, or until a time.",
        discussion: "What runs is finished, targets are watched, alarms stay, and what is asked for by hand is done.")

    @OptionGroup var place: PlaceOptions
    @OptionGroup var which: SelectionOptions

    @Option(help: ArgumentHelp("Until then: \(MomentArgument.help).", valueName: "time"))
    var until: MomentArgument?

    @Option(help: "Why, for the audit trail and the status.")
    var reason = ""

    func run() async throws {
        try await place.work { opened in
            let selection = try which.selection()
            let zone = try await which.zone { try await opened.ledger.knownCertificate($0).flow.rules.window.zone }
            let end = until?.moment(in: zone, now: Instant(Date()))
            let paused = try await opened.desk(reason: reason).pause(selection, until: end)
            WakeSocket.wake(opened.home)
            tell(paused.names, end, zone)
        } there: { server in
            let zone = try await which.zone { try await server.status([$0]).first?.zone ?? .utc }
            let end = until?.moment(in: zone, now: Instant(Date()))
            let paused: PausedForm = try await server.act(
                which.path(of: "pause"), try which.body(["until": end.map { .text($0.rfc3339) }], reason: reason))
            tell(paused.names, end, zone)
        }
    }

    private func tell(_ names: [String], _ end: Instant?, _ zone: Zone) {
        let words = end.map { "until \(Moments(now: Instant(Date())).words($0, in: zone))" } ?? "until resumed"
        for name in names { Console.line(Console.oneLine("Paused \(name) \(words).")) }
    }
}

struct ResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "End a pause, and release targets that a rollback holds.",
        discussion: "What is overdue by then runs at once, as far as its window allows.")

    @OptionGroup var place: PlaceOptions
    @OptionGroup var which: SelectionOptions

    @Option(help: "Why, for the audit trail.")
    var reason = ""

    func run() async throws {
        try await place.work { opened in
            let resumed = try await opened.desk(reason: reason).resume(try which.selection())
            tell(resumed.names, resumed.released)
            if !WakeSocket.wake(opened.home), !resumed.names.isEmpty { NextPublications.adviseRunner() }
        } there: { server in
            let resumed: PausedForm = try await server.act(
                which.path(of: "resume"), try which.body([:], reason: reason))
            tell(resumed.names, resumed.released)
        }
    }

    private func tell(_ names: [String], _ released: [String]) {
        for name in names { Console.line(Console.oneLine("Resumed \(name).")) }
        for target in released { Console.line(Console.oneLine("Released \(target).")) }
        if names.isEmpty { Console.line("Nothing of it was paused or held.") }
    }
}
