import Automation
import Foundation
import PluginKit
import Profiles
import Runner

/// Profiles: lists, details and checks. Only who may operate has targets asked.
struct ProfilePages: Sendable {
    let shape: ProfileShape

    static var routes: [Route] { [ProfileShape.publishing, .issuing].flatMap { ProfilePages(shape: $0).routes } }

    private var routes: [Route] {
        [
            .page(.get, shape.base, .right(.read)) { exchange in try await list(exchange) },
            .page(.post, "\(shape.base)/reload", .right(.administer)) { exchange in
                // The scheduler reads them: it has to see that they changed.
                exchange.house.wake()
                return .seeOther("\(shape.base)?done=reload")
            },
            .page(.get, "\(shape.base)/{profile}", .right(.read)) { exchange in try await detail(exchange) },
            .page(.post, "\(shape.base)/{profile}/check", .right(.operate)) { exchange in try await check(exchange) },
        ] + ProfileEditing(shape: shape).routes + ProfileRemoving(shape: shape).routes
    }

    private static let done = [
        "reload": PageNote.done("Read again.", "What changed in the files is taken up at once."),
        "saved": .done("Saved.", "The scheduler takes it up at once."),
        "deleted": .done("Deleted.", "The file is gone; what stood in it is kept in the audit trail."),
        "checked": .done("Checked.", "What was found stands at each target."),
    ]

    // MARK: Finding

    /// - Throws: `Problem` where there is no such profile, nor a file of its name.
    static func known(_ exchange: Exchange, _ shape: ProfileShape) throws -> ProfileEditor {
        let name = try exchange.parameter("profile")
        guard OptionText.isName(name) else { throw shape.unknown(String(name.prefix(100)), exchange.house.profiles) }
        let editor = ProfileEditor(house: exchange.house, shape: shape, name: name)
        if shape.names(exchange.house.profiles).contains(name) { return editor }
        guard try editor.text() != nil else { throw shape.unknown(name, exchange.house.profiles) }
        return editor
    }

    /// The certificates that use a profile, and that this person sees.
    static func users(
        _ exchange: Exchange, _ shape: ProfileShape, _ name: String
    ) async throws -> (total: Int, rows: [RegisterRow]) {
        let (register, now) = (exchange.house.register, exchange.house.now())
        var query = ListQuery()
        if shape.isPublishing { query.profile = name } else { query.issuer = name }
        query.sort = .name
        try await register.freshen(at: now)
        let found = register.list(query, scope: CertificateScope(labels: try exchange.principal.scope), at: now)
        return (found.total, found.rows)
    }

    // MARK: List and detail

    private func list(_ exchange: Exchange) async throws -> Reply {
        let house = exchange.house
        var uses: [String: Int] = [:]
        for name in shape.names(house.profiles) { uses[name] = try await Self.users(exchange, shape, name).total }
        let page = ProfileListPage(
            shape: shape, set: house.profiles, uses: uses, problems: house.outside.profiles.problems,
            checks: house.checks,
            mayEdit: try exchange.principal.may(.administer), clock: exchange.clock, notes: exchange.note(Self.done))
        return try await Page(exchange).reply("profiles", page.context, current: shape.base)
    }

    private func detail(_ exchange: Exchange) async throws -> Reply {
        let editor = try Self.known(exchange, shape)
        let (house, principal, name) = (exchange.house, try exchange.principal, editor.name)
        let users = try await Self.users(exchange, shape, name)
        let mayEdit = principal.may(.administer)
        let set = house.profiles
        var detail =
            shape.isPublishing
            ? set.publishing[name].map { ProfileDetail($0, nil) } : set.issuing[name].map { ProfileDetail($0, nil) }
        var problems = shape.problems(set, name)
        var notes = exchange.note(Self.done)
        let text = try editor.text()
        if detail == nil, problems.isEmpty, let text {
            // Written a moment ago, or the set with it is not in force.
            let candidate = try await editor.candidate(text)
            problems = candidate.problems
            detail =
                shape.isPublishing
                ? candidate.set?.publishing[name].map { ProfileDetail($0, nil) }
                : candidate.set?.issuing[name].map { ProfileDetail($0, nil) }
            notes.append(PageNote(tone: .warn, title: "Not in force yet:", text: "the scheduler has not taken it up."))
        }
        if mayEdit, let other = house.outside.profiles.problems.first {
            notes.append(
                PageNote(
                    tone: .bad, title: "Not all files are read:", text: other,
                    more: ["The set read before stays in force."]))
        }
        let check = house.checks.last("\(shape.kind.rawValue)/\(name)")
        let page = ProfileDetailPage(
            shape: shape, name: name, detail: detail, problems: problems, text: mayEdit ? text : nil,
            users: .init(count: users.total, names: users.rows.prefix(10).map { ($0.name, why($0)) }),
            holds: try await holds(exchange, name), check: check, seesFindings: try await seesFindings(exchange, check),
            mayCheck: principal.may(.operate), mayEdit: mayEdit, clock: exchange.clock, notes: notes)
        return try await Page(exchange).reply("profile", page.context, current: shape.base)
    }

    private func why(_ row: RegisterRow) -> String {
        row.version == 0 ? "no version yet" : "version \(row.version)"
    }

    /// How many of the certificates that this person sees each target holds.
    private func holds(_ exchange: Exchange, _ name: String) async throws -> [String: Int] {
        guard shape.isPublishing else { return [:] }
        let scope = CertificateScope(labels: try exchange.principal.scope)
        var holds: [String: Int] = [:]
        for placement in try await exchange.house.ledger.placements(profile: name) where placement.held != nil {
            guard exchange.house.register.row(placement.certificate, scope: scope, at: exchange.house.now()) != nil
            else { continue }
            holds[placement.target, default: 0] += 1
        }
        return holds
    }

    private func seesFindings(_ exchange: Exchange, _ check: ProfileChecks.Outcome?) async throws -> Bool {
        let principal = try exchange.principal
        guard let certificate = check?.report.targets.first?.certificate, !principal.scope.isEmpty, shape.isPublishing
        else {
            return true
        }
        guard let record = try await exchange.house.ledger.certificate(named: certificate) else { return false }
        return principal.sees(record.labels)
    }

    // MARK: Checking

    private func check(_ exchange: Exchange) async throws -> Reply {
        let name = try exchange.parameter("profile")
        let (house, principal) = (exchange.house, try exchange.principal)
        let key = "\(shape.kind.rawValue)/\(name)"
        let users = try await Self.users(exchange, shape, name)
        let example = users.rows.first { $0.version > 0 } ?? users.rows.first
        let report: ProfileCheckReport
        if shape.isPublishing {
            guard let profile = house.profiles.publishing[name] else { throw shape.unknown(name, house.profiles) }
            report = try await alone(house, key) {
                var report = ProfileCheckReport(ProfileReport(profile, flows: users.total))
                await report.reach(profile, example?.name, Rehearsal(house.outside), words: Self.words)
                return report
            }
        } else {
            guard let profile = house.profiles.issuing[name] else { throw shape.unknown(name, house.profiles) }
            report = try await alone(house, key) {
                var report = ProfileCheckReport(ProfileReport(profile, flows: users.total))
                do {
                    report.add(name, "", try await Rehearsal(house.outside).issuer(name).report.findings)
                } catch {
                    let (message, remedy) = Self.words(error)
                    report.add(name, "", [.init(.problem, message, remedy: remedy)])
                }
                return report
            }
        }
        try await house.note(report, of: key, by: principal)
        house.checks.note(
            key,
            .init(report: report, at: house.now(), by: principal.account, digest: house.profiles.digests[key] ?? ""))
        return .seeOther(shape.href(name) + "?done=checked")
    }

    private func alone(
        _ house: House, _ key: String, _ body: () async throws -> ProfileCheckReport
    ) async throws -> ProfileCheckReport {
        guard let report = try await house.checks.alone(key, body) else {
            throw Problem(
                409, "profile.check-running", "This profile is being checked.", remedy: "Look at it again in a moment.")
        }
        return report
    }

    private static func words(_ error: any Error) -> (message: String, remedy: String?) {
        Problem.of(error).map { ($0.message, $0.remedy) } ?? (
            "The check ended in an internal error.", "See the log of this server."
        )
    }
}
