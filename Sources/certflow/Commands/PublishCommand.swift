import ArgumentParser
import Automation
import Foundation
import Runner
import Server

struct PublishCommand: AsyncParsableCommand {
    enum Answer: String, ExpressibleByArgument, CaseIterable { case publish, wait }

    static let configuration = CommandConfiguration(
        commandName: "publish", abstract: "Publish the newest version now, or at a time, outside the window.",
        discussion: """
            Ends a hold on the targets. Several targets of one profile go through its rollout. Where the target holds \
            the version already, nothing is written, but the service is reloaded and proved. With --answer it publishes \
            nothing itself, but answers the question of a flow whose last resort is "ask". With --dry-run it changes \
            nothing: it looks at each target, beside a living runner too, and says what is there, what would be put \
            there, and why it would be refused. Ends with 0 when done, 1 where it failed, 3 where it failed at some \
            targets; with --dry-run these are targets that could not be looked at.
            """)

    @OptionGroup var place: PlaceOptions
    @OptionGroup var hand: HandOptions
    @OptionGroup var chosen: TargetOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The certificate.")
    var name: String

    @Option(help: ArgumentHelp("When: \(MomentArgument.help). Returns once that is recorded.", valueName: "time"))
    var at: MomentArgument?

    @Flag(help: "Take places over that another publication owns, or that hold a certificate which is not ours.")
    var takeOver = false

    @Option(help: "Answer what is to be done where no open period is left before expiry, for the version that waits.")
    var answer: Answer?

    @Flag(help: "Change nothing: show for each target what is there and what would be put there.")
    var dryRun = false

    func validate() throws {
        if dryRun, at != nil || answer != nil {
            throw ValidationError("--dry-run goes with neither --at nor --answer.")
        }
        if output.output == .json, !dryRun { throw ValidationError("--output json goes with --dry-run.") }
        if answer != nil, at != nil || takeOver {
            throw ValidationError("--answer goes with neither --at nor --take-over.")
        }
    }

    func run() async throws {
        try await place.work {
            try await publish($0)
        } there: {
            try await publish($0)
        }
    }

    private func publish(_ opened: OpenedHome) async throws {
        if let answer { return try await give(answer, opened) }
        var order = Desk.PublishOrder()
        order.targets = chosen.targets
        order.takesOver = takeOver
        if dryRun { return try await RehearsedPublication(opened: opened, format: output.output).tell(name, order) }
        if let at {
            let zone = try await opened.ledger.knownCertificate(name).flow.rules.windowOfPublication.zone
            order.at = at.moment(in: zone, now: Instant(Date()))
        }
        try await HandWork(opened: opened, options: hand).carryOut { [order] in try await $0.publish(name, order) }
    }

    private func publish(_ server: RemoteServer) async throws {
        let work = RemoteWork(server: server, options: hand)
        if dryRun {
            return try await work.rehearsePublication(
                of: name, ["targets": chosen.value, "takeOver": .flag(takeOver)], output.output)
        }
        if let answer {
            let answered: AnsweredForm = try await server.act(
                ["certificates", name, "answer"],
                RemoteWork.body(["answer": .text(answer.rawValue), "targets": chosen.value], reason: hand.reason))
            tell(answer, answered.targets, issuesFirst: answered.issuesFirst)
            if !answered.issuesFirst { try await work.tellNext([name], targets: answered.targets) }
            return
        }
        var time: JSONValue?
        if let at {
            let zone = try await server.show(name).flow.publicationZone
            time = .text(at.moment(in: zone, now: Instant(Date())).rfc3339)
        }
        try await work.carryOut(
            "publish", of: name, ["targets": chosen.value, "at": time, "takeOver": .flag(takeOver)])
    }

    private func give(_ answer: Answer, _ opened: OpenedHome) async throws {
        let resort: LastResort = answer == .publish ? .publish : .wait
        let answered = try await opened.desk(reason: hand.reason).answer(name, resort, targets: chosen.targets)
        let placements = answered.placements
        let lives = WakeSocket.wake(opened.home)
        tell(answer, placements.map(\.name), issuesFirst: answered.issuesFirst)
        if !answered.issuesFirst {
            try await NextPublications(opened).tell([name], targets: Set(placements.map(\.name)))
        }
        if !lives { NextPublications.adviseRunner() }
    }
    private func tell(_ answer: Answer, _ targets: [String], issuesFirst: Bool) {
        for target in targets { Console.line("Answered for \(name) -> \(target): \(answer.rawValue).") }
        if issuesFirst {
            Console.line("Less than half of the version's life is left: a new one is issued first, and published then.")
        }
    }
}
