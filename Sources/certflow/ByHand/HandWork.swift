import Automation
import Foundation
import Runner
import Server
import Storage

/// Has done what a person asks for: by the runner that lives in the home, or by becoming it for that work.
///
/// The request is committed first and counted by who serves it, so that it is carried out exactly once whoever dies
/// meanwhile: where the runner that is followed ends, this process takes its place.
struct HandWork {
    private static let firstPause = Duration.milliseconds(10)
    private static let longestPause = Duration.milliseconds(400)

    let opened: OpenedHome
    let options: HandOptions

    private enum Watch {
        case served
        /// There is no runner (any more): the lock is ours.
        case mayRun(HomeLock)
        case timedOut
    }

    /// Asks, follows to the end, and says what came of it.
    /// - Returns: what was asked for.
    /// - Throws: `CommandEnding` where not all of it went well.
    @discardableResult
    func carryOut(_ ask: (Desk) async throws -> [Desk.Asked]) async throws -> [Desk.Asked] {
        let before = try await opened.ledger.latestEvents(certificate: nil, limit: 1).first?.sequence ?? 0
        let asked = try await ask(opened.desk(reason: options.reason))
        let now = Instant(Date())
        let later = asked.filter { $0.at.map { $0 > now } ?? false }
        let lives = WakeSocket.wake(opened.home)
        try await tellAppointments(later, lives: lives)
        let present = asked.filter { !later.contains($0) }
        guard !present.isEmpty else { return asked }
        let printer = ProgressPrinter()
        let ending: Watch?
        do {
            ending = try await follow(present, EventProgress(opened.ledger, present, after: before), printer)
        } catch let problem as HomeProblem {
            Console.error("It was asked for, and the next runner does it; this one can't start:")
            throw problem
        }
        switch ending {
        case .mayRun(let lock):
            let isStopped = try await RunnerHost(opened: opened, report: { printer.print($0) }).run(.byHand)
            withExtendedLifetime(lock) {}
            if isStopped { try await conclude(present, unserved: "stopped; the next runner goes on with it") }
        case nil:
            try await conclude(present, unserved: "no longer followed; \(successor()) goes on with it")
        case .timedOut:
            let words = Wording.words(options.timeout.span)
            try await conclude(present, unserved: "not done within \(words); \(successor()) goes on with it")
        case .served: break
        }
        try await conclude(present, unserved: "not done yet: it waits, and the next runner goes on with it")
        return asked
    }

    private func successor() -> String {
        HomeLock.holder(opened.home).map { "the runner (\($0.words))" } ?? "the runner"
    }

    // MARK: Following

    private func follow(
        _ asked: [Desk.Asked], _ progress: EventProgress, _ printer: ProgressPrinter
    ) async throws -> Watch? {
        // Without a runner nobody is followed, and its signals are the runner's own.
        if let lock = try HomeLock.take(opened.home) { return .mayRun(lock) }
        let holder = HomeLock.holder(opened.home).map { " (\($0.words))" } ?? ""
        Console.line(Console.paint("Asked the runner of this home\(holder); Ctrl-C only stops following.", .faint))
        return try await Interruption.orStopped { try await watch(asked, progress, printer) }
    }

    private func watch(
        _ asked: [Desk.Asked], _ start: EventProgress, _ printer: ProgressPrinter
    ) async throws -> Watch {
        var progress = start
        var open = asked
        let desk = opened.desk()
        let end = ContinuousClock.now + options.timeout.span.duration
        var pause = Self.firstPause
        while true {
            // What is served stays so, and one that is open is enough to go on.
            while let request = open.last {
                if case .open = try await desk.outcome(of: request) { break }
                open.removeLast()
            }
            let notes = try await progress.notes()
            for note in notes { printer.print(note) }
            if open.isEmpty { return .served }
            if ContinuousClock.now >= end { return .timedOut }
            if let lock = try HomeLock.take(opened.home) { return .mayRun(lock) }
            pause = notes.isEmpty ? min(pause * 3 / 2, Self.longestPause) : Self.firstPause
            try await Task.sleep(for: pause)
        }
    }

    // MARK: Telling

    private func tellAppointments(_ asked: [Desk.Asked], lives: Bool) async throws {
        for request in asked {
            guard let at = request.at, let target = request.target,
                let certificate = try await opened.ledger.certificate(named: request.certificate)
            else { continue }
            let moments = Moments(now: Instant(Date()))
            let zone = certificate.flow.rules.windowOfPublication.zone
            Console.line("\(request.certificate) -> \(target): will be published \(moments.words(at, in: zone)).")
        }
        if !asked.isEmpty, !lives { NextPublications.adviseRunner() }
    }

    /// - Parameter unserved: what is said of what was not done.
    /// - Throws: `CommandEnding` where not all went well.
    private func conclude(_ asked: [Desk.Asked], unserved: String) async throws {
        var answers: [Conclusion.Answer] = []
        for request in asked {
            let outcome = try await opened.desk().outcome(of: request)
            answers.append(.init(request.certificate, request.target, RequestForm("", outcome)))
        }
        try Conclusion.tell(answers, unserved: unserved)
    }
}
