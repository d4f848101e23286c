import Automation
import Foundation
import Runner
import Server

/// Has done what a person asks for by the runner of a home elsewhere, and follows it.
struct RemoteWork: Sendable {
    private static let firstPause = Duration.milliseconds(100)
    private static let longestPause = Duration.seconds(2)

    let server: RemoteServer
    let options: HandOptions

    /// What a request takes beside its own fields.
    static func body(_ fields: [String: JSONValue?], reason: String) -> [String: JSONValue] {
        var body = fields.compactMapValues { $0 }
        if !reason.isEmpty { body["reason"] = .text(reason) }
        return body
    }

    /// Asks for an act on one certificate, follows it to the end, and says what came of it.
    /// - Throws: `CommandEnding` where not all of it went well, `HomeProblem` where it was not even taken.
    func carryOut(_ act: String, of name: String, _ fields: [String: JSONValue?] = [:]) async throws {
        let before = try await newest(of: name)
        let form: ActForm = try await server.act(
            ["certificates", name, act], Self.body(fields, reason: options.reason))
        let now = Instant(Date())
        let later = form.asked.filter { $0.at.flatMap { Instant(rfc3339: $0) }.map { $0 > now } ?? false }
        try await tellAppointments(later)
        let present = form.asked.filter { request in !later.contains { $0.request == request.request } }
        guard !present.isEmpty else { return }
        try await follow(present, news: [name: before], refused: 0)
    }

    /// Of more certificates nothing but the outcomes is told: each would be asked for its news.
    private static let mostFollowed = 20

    /// As `carryOut`, of renewals of many.
    /// - Returns: the certificates.
    func renewAll(_ body: [String: JSONValue]) async throws -> [String] {
        let form: BulkForm = try await server.act(["renew"], body)
        var refused = 0
        for item in form.items {
            guard let message = item.message else { continue }
            refused += 1
            Conclusion.complain(item.certificate, message, [item.remedy])
        }
        let asked = form.items.flatMap(\.asked)
        var news: [String: Int64] = [:]
        if asked.count <= Self.mostFollowed {
            for request in asked { news[request.certificate] = try await asking(of: request.certificate) }
        }
        try await follow(asked, news: news, refused: refused)
        return form.items.map(\.certificate)
    }

    // MARK: Following

    /// - Parameter news: the certificates whose events are told, and the last event of each that is none of it.
    private func follow(_ asked: [AskedForm], news: [String: Int64], refused: Int) async throws {
        Console.line(
            Console.paint("Asked the server at \(server.url); Ctrl-C only stops following.", .faint))
        let isDone = try await Interruption.orStopped { try await watch(asked, news) }
        let goesOn = "the server goes on with it"
        let unserved =
            switch isDone {
            case true?: "not done yet: \(goesOn)"
            case false?: "not done within \(Wording.words(options.timeout.span)); \(goesOn)"
            case nil: "no longer followed; \(goesOn)"
            }
        var answers: [Conclusion.Answer] = []
        for request in asked {
            answers.append(
                .init(request.certificate, request.target, try await steadily { try await outcome(request) }))
        }
        try Conclusion.tell(answers, unserved: unserved, refused: refused)
    }

    private func outcome(_ asked: AskedForm) async throws -> RequestForm {
        try await server.get(["certificates", asked.certificate, "requests", asked.request])
    }

    /// Asks again while the server does not answer, as when it is started anew.
    /// - Parameter end: until when; nil asks no second time.
    /// - Throws: `HomeProblem`, which says that what was asked for stays asked for.
    private func steadily<Form>(
        until end: ContinuousClock.Instant? = nil, _ ask: () async throws -> Form
    ) async throws -> Form {
        var isTold = false
        while true {
            do {
                return try await ask()
            } catch let problem as HomeProblem where RemoteServer.isPassing(problem) {
                guard let end, ContinuousClock.now < end else {
                    throw HomeProblem(
                        problem.code, problem.message,
                        remedy:
                            "What was asked for was taken, and is done once the server runs: see `certflow history`.")
                }
                if !isTold { Console.line(Console.paint("The server does not answer; it is asked again.", .faint)) }
                isTold = true
                try await Task.sleep(for: Self.longestPause)
            }
        }
    }

    /// - Returns: whether all of it was served in time.
    private func watch(_ asked: [AskedForm], _ start: [String: Int64]) async throws -> Bool {
        var (news, open) = (start, asked)
        let places = Set(asked.map { $0.target ?? "" })
        let printer = ProgressPrinter()
        let end = ContinuousClock.now + options.timeout.span.duration
        var pause = Self.firstPause
        while true {
            // What is served stays so, and one that is open is enough to go on.
            while let request = open.last {
                if try await steadily(until: end, { try await outcome(request) }).state == .open { break }
                open.removeLast()
            }
            var isQuiet = true
            for (name, last) in news {
                let came = try await steadily(until: end) { try await events(of: name, after: last) }
                guard let newest = came.last else { continue }
                (news[name], isQuiet) = (newest.sequence, false)
                let told = came.map(\.draft).filter { places.contains($0.subject) }
                for note in told.compactMap(EventProgress.note) { printer.print(note) }
            }
            if open.isEmpty { return true }
            if ContinuousClock.now >= end { return false }
            pause = isQuiet ? min(pause * 3 / 2, Self.longestPause) : Self.firstPause
            try await Task.sleep(for: pause)
        }
    }

    /// The last event of a certificate.
    func newest(of name: String) async throws -> Int64 {
        let page: PageForm<HistoryReport.Entry> = try await server.get(
            ["certificates", name, "history"], [("limit", "1")])
        return page.items.first?.event?.sequence ?? 0
    }

    /// The event that says that its renewal was asked for.
    private func asking(of name: String) async throws -> Int64 {
        let asking = try await events(of: name, after: 0).last { $0.kind == "renewal.asked" }
        if let asking { return asking.sequence }
        return try await newest(of: name)
    }

    /// Oldest first.
    private func events(of name: String, after last: Int64) async throws -> [AuditReport.Entry] {
        let page: PageForm<HistoryReport.Entry> = try await server.get(
            ["certificates", name, "history"], [("limit", "50")])
        return page.items.compactMap(\.event).filter { $0.sequence > last }.sorted { $0.sequence < $1.sequence }
    }

    // MARK: Telling

    private func tellAppointments(_ asked: [AskedForm]) async throws {
        for request in asked {
            guard let target = request.target, let at = request.at else { continue }
            let flow = try await server.show(request.certificate).flow
            let words = Moments(now: Instant(Date())).words(at, in: flow.publicationZone)
            Console.line(Console.oneLine("\(request.certificate) -> \(target): will be published \(words)."))
        }
    }

    /// Says where and when the newest versions of certificates are published next.
    func tellNext(_ names: [String], targets: [String]? = nil) async throws {
        let now = Instant(Date())
        var unpublished = 0
        for name in names {
            let form = try await server.show(name)
            if !form.flow.publicationEnabled { unpublished += 1 }
            for run in form.next where run.version == form.version {
                guard let target = run.target, targets?.contains(target) ?? true else { continue }
                let isDue = run.moment.map { $0 <= now } ?? false
                let when = "published \(Moments(now: now).words(run.at, in: run.zone)): \(run.reason)"
                let words = isDue ? "its publication is due now" : when
                Console.line(Console.oneLine("Next: \(name) -> \(target): \(words)."))
            }
        }
        if unpublished > 0 { Console.line(NextPublications.unpublished(unpublished, of: names.count)) }
    }

    /// Follows what takes the place of a revoked version, or says why nothing does.
    /// - Parameter before: the last event of the certificate before it was asked for.
    func replace(_ form: RevocationForm, since before: Int64) async throws {
        let name = form.certificate
        switch form.replacement {
        case .issued:
            guard let asked = form.asked else { return Console.line("The server replaces it now.") }
            try await follow([asked], news: [name: before], refused: 0)
            try await tellNext([name])
        case .notCurrent:
            Console.line(Console.oneLine(RevokedFollowing.notCurrent(name)))
            try await tellNext([name])
        case .retired: Console.line(Console.oneLine(RevokedFollowing.retired(name)))
        case .notRenewed:
            let issuer = try await server.show(name).issuer
            Console.line(Console.oneLine(RevokedFollowing.notRenewed(name, issuer: issuer)))
        }
    }

    // MARK: Rehearsing

    func rehearseRenewal(of name: String) async throws {
        let form: RenewalRehearsalForm = try await server.ask(
            ["certificates", name, "rehearsal", "renewal"], Self.body([:], reason: options.reason),
            patience: options.timeout.span.duration)
        for note in form.notes { Console.line("  \(Console.oneLine(note))") }
        try form.print()
    }

    func rehearsePublication(
        of name: String, _ fields: [String: JSONValue?], _ format: OutputFormat
    ) async throws {
        let form: PublicationRehearsalForm = try await server.ask(
            ["certificates", name, "rehearsal", "publication"], Self.body(fields, reason: ""),
            patience: options.timeout.span.duration)
        let zone = try await server.show(name).flow.publicationZone
        try RehearsedPublication.tell(form.targets, format, zone, now: Instant(Date()))
    }
}
