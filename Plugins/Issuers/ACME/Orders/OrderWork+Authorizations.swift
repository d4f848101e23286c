import Automation
import Curl
import Foundation
import PluginKit

extension OrderWork {
    /// At a time: each holds one connection and one placed challenge.
    private static let parallel = 10
    private static let mostAuthorizations = 1000

    private enum Verdict: Sendable {
        case valid
        case invalid(Subject, Problem)
        /// Deactivated, expired or revoked: the order can't become ready any more.
        case dead(Subject, String)
        case later(Date)
        case failed(any Error)
    }

    /// Proves control of every name that the CA does not know proved already (RFC 8555, 7.5).
    /// - Throws: `NotYet`, and the failures of names together.
    func authorize(_ order: Resources.Order, _ log: OrderLog) async throws {
        guard order.authorizations.count <= Self.mostAuthorizations else {
            throw PluginFailure.tooMany("authorizations", session.host)
        }
        let urls = try order.authorizations.map { try session.rules.accept($0, "authorizations") }
        let verdicts = try await verdicts(urls, log)
        try Task.checkCancellation()
        var refused: [(Subject, Problem)] = []
        var dead: [(Subject, String)] = []
        for verdict in verdicts {
            switch verdict {
            case .invalid(let subject, let problem): refused.append((subject, problem))
            case .dead(let subject, let status): dead.append((subject, status))
            case .valid, .later, .failed: break
            }
        }
        if !refused.isEmpty || !dead.isEmpty {
            await budgets.failed(refused.map(\.0))
            try await log.write(.prepared) { $0.isClosed = true }
            guard !refused.isEmpty else { throw PluginFailure.authorizationsDead(session.host, dead) }
            throw PluginFailure.validationFailed(session.host, refused)
        }
        for case .failed(let error) in verdicts { throw error }
        let moments = verdicts.compactMap { if case .later(let moment) = $0 { moment } else { nil } }
        if let first = moments.min() { throw NotYet(moment: first) }
    }

    private func verdicts(_ urls: [String], _ log: OrderLog) async throws -> [Verdict] {
        await withTaskGroup(of: Verdict.self) { group in
            var verdicts: [Verdict] = []
            for (index, url) in urls.enumerated() {
                if index >= Self.parallel, let verdict = await group.next() { verdicts.append(verdict) }
                group.addTask {
                    do {
                        return try await verdict(url, log)
                    } catch let pause as NotYet {
                        return .later(pause.moment)
                    } catch {
                        return .failed(error)
                    }
                }
            }
            for await verdict in group { verdicts.append(verdict) }
            return verdicts
        }
    }

    // MARK: One name

    private func verdict(_ url: String, _ log: OrderLog) async throws -> Verdict {
        let (authorization, _) = try await authorization(url)
        let subject = try subject(of: authorization)
        if let verdict = Self.verdict(authorization, subject) { return verdict }
        let (challenge, offered) = try choose(authorization, subject)
        let solver = try await solvers.solver(challenge.form, subject)
        let earlier = log.record.handle(of: challenge)
        let handle = try await solver.present(challenge, PlacingJournal(log: log, challenge: challenge))
        log.change { $0.place(challenge, handle) }
        // What is placed once more goes by its new handle; the same place has the same.
        if let earlier, earlier != handle { try? await solver.cleanUp(challenge, earlier) }
        do {
            try await waitForPropagation(challenge, handle, solver, log)
            var pace = Pace()
            pace.begin(clock.now)
            if offered.status ?? "pending" == "pending" {
                let answer = try session.rules.accept(offered.url ?? "", "challenge")
                _ = try await session.post(
                    answer, Data("{}".utf8), account.signer, "the challenge for \(subject)")
            }
            let verdict = try await poll(url, subject, pace, log)
            await cleanUp(challenge, handle, solver, log)
            return verdict
        } catch let pause as NotYet {
            throw pause  // what is placed stays: the CA may look at any time
        } catch {
            await cleanUp(challenge, handle, solver, log)
            throw error
        }
    }

    private func authorization(_ url: String) async throws -> (Resources.Authorization, HTTPResponse) {
        let response = try await session.fetch(url, account.signer, "an authorization")
        return (try session.decode(Resources.Authorization.self, response, "an authorization"), response)
    }

    private func poll(_ url: String, _ subject: Subject, _ first: Pace, _ log: OrderLog) async throws -> Verdict {
        var (pace, answer) = (first, HTTPResponse(status: 200))
        while true {
            try await wait(until: pace.next(answer, now: clock.now), log)
            let (authorization, response) = try await authorization(url)
            if let verdict = Self.verdict(authorization, subject) { return verdict }
            answer = response
        }
    }

    /// Nil while it is pending.
    private static func verdict(_ authorization: Resources.Authorization, _ subject: Subject) -> Verdict? {
        switch authorization.status {
        case .pending: nil
        case .valid: .valid
        case .invalid:
            .invalid(
                subject,
                authorization.challenges?.prefix(20).compactMap(\.error).first
                    ?? Problem(detail: "the CA gave no reason"))
        case .deactivated, .expired, .revoked: .dead(subject, authorization.status.rawValue)
        }
    }

    /// The name as it was ordered.
    private func subject(of authorization: Resources.Authorization) throws -> Subject {
        var identifier = authorization.identifier
        if authorization.wildcard == true { identifier.value = "*." + identifier.value }
        guard let subject = identifier.subject, request.subjects.contains(subject) else {
            throw PluginFailure.foreignAuthorization(session.host, identifier.value)
        }
        return subject
    }

    // MARK: Challenges

    private static let types: [Challenge.Form: String] = [
        .http01: "http-01", .dns01: "dns-01", .tlsALPN01: "tls-alpn-01",
    ]

    /// The first of the profile's forms that the CA offers.
    private func choose(
        _ authorization: Resources.Authorization, _ subject: Subject
    ) throws -> (Challenge, Resources.Challenge) {
        let offered = (authorization.challenges ?? []).prefix(20)
        for form in solvers.forms(subject) {
            guard let match = offered.first(where: { $0.type == Self.types[form] }) else { continue }
            guard let token = match.token, token.utf8.count <= 256, Base64URL.isText(token) else {
                throw PluginFailure.badToken(session.host, subject)
            }
            return (challenge(form, subject.description, token), match)
        }
        throw PluginFailure.noChallenge(
            session.host, subject, offered: offered.map { ShownText($0.type).description })
    }

    /// The key authorization is the token with the account key's thumbprint (RFC 8555, 8.1).
    private func challenge(_ form: Challenge.Form, _ subject: String, _ token: String) -> Challenge {
        Challenge(
            form: form, subject: subject, token: token, keyAuthorization: "\(token).\(account.thumbprint)")
    }

    private func waitForPropagation(
        _ challenge: Challenge, _ handle: Handle, _ solver: any ChallengeSolver, _ log: OrderLog
    ) async throws {
        var pause: TimeInterval = 0.5
        while try await !solver.propagated(challenge, handle) {
            try await wait(until: clock.now.addingTimeInterval(pause), log)
            pause = min(pause * 2, Pace.longestInside)
        }
    }

    /// A certificate is not lost for what could not be removed: it is told, and stays recorded.
    private func cleanUp(
        _ challenge: Challenge, _ handle: Handle, _ solver: any ChallengeSolver, _ log: OrderLog
    ) async {
        do {
            try await solver.cleanUp(challenge, handle)
            log.change { $0.remove(challenge) }
        } catch {
            let reason = (error as? PluginFailure)?.message ?? "\(error)"
            log.note("what proved \(challenge.subject) could not be removed: \(ShownText(reason))")
        }
    }

    /// Removes what an earlier try placed and this one did not need.
    func cleanUpLeftovers(_ log: OrderLog) async throws {
        for placed in log.record.placed {
            guard let subject = Subject(placed.subject) else { continue }
            let challenge = challenge(placed.form, placed.subject, placed.token)
            guard let solver = try? await solvers.solver(placed.form, subject) else { continue }
            await cleanUp(challenge, placed.handle, solver, log)
        }
        try Task.checkCancellation()
    }
}
