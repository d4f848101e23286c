import Automation
import Foundation
import PluginKit
import Runner

/// Secrets by their names; a value goes in and never comes out.
enum SecretPages {
    static let routes: [Route] = [
        .page(.get, "/secrets", .right(.administer)) { exchange in try await page(exchange, notes: exchange.note(done))
        },
        .page(.post, "/secrets", .right(.administer), takes: [APIField("name"), APIField("value")], set),
        .page(.get, "/secrets/{name}/remove", .right(.administer)) { exchange in try await confirm(exchange) },
        .page(.post, "/secrets/{name}/remove", .right(.administer), takes: Confirmation.takes) { exchange in
            try await OnceKey.dedupe(exchange, elseTo: "/secrets?done=removed") { try await remove(exchange) }
        },
    ]

    private static let done = [
        "set": PageNote.done("Set.", "What failed for want of it is tried again at once."),
        "removed": .done("Removed.", "Nothing of it is left here; backups may hold it, under seal."),
    ]

    private static func page(
        _ exchange: Exchange, name: String = "", notes: [PageNote] = [], problem: Problem? = nil
    ) async throws -> Reply {
        let secrets = try await exchange.house.desk(exchange.principal, reason: "").secrets()
        let clock = exchange.clock
        let isName = problem?.code == "secret.bad-name"
        let notes = notes + (isName ? [] : [problem.map { PageNote($0) }].compactMap { $0 })
        let context: [String: Any] = [
            "pageTitle": "Secrets", "crumbs": Crumbs.to(("Secrets", "/secrets")),
            "lede": "Names only: a value is sealed when it is set, and never shown.", "hasRows": !secrets.isEmpty,
            "rows": secrets.map { row($0, clock) },
            "nothing": ListingParts.empty(
                "No secrets", "A profile names one as {secret: NAME}; its value is set here, or with the command.",
                command: "certflow secret set NAME"),
            "name": name, "hasNameError": isName,
            "nameError": isName ? problem.map { "\($0.message) \($0.remedy)" } ?? "" : "",
        ]
        return try await Page(exchange).reply(
            "secrets", context.merging(PageNote.problems(notes)) { $1 }, current: "/secrets",
            status: .init(code: problem?.status ?? 200))
    }

    private static func row(_ secret: Desk.ListedSecret, _ clock: Clock) -> [String: Any] {
        [
            "name": secret.name, "uses": secret.usedBy.isEmpty ? "nothing" : secret.usedBy.joined(separator: ", "),
            "isMissing": secret.setAt == nil, "set": secret.setAt.map { clock.context($0) } ?? [:],
            "by": secret.setBy.map { "by \($0)" } ?? "",
            "removeHref": secret.setAt == nil ? "" : PagePath.to("secrets", secret.name, "remove"),
        ]
    }

    private static func set(_ exchange: Exchange) async throws -> Reply {
        let name = try exchange.fields.text("name", atMost: 200).trimmingCharacters(in: .whitespaces)
        // As a command reads it: a value of one line loses its line end.
        var value = (exchange.fields["value"] ?? "").replacingOccurrences(of: "\r\n", with: "\n")
        if value.hasSuffix("\n"), !value.dropLast().contains("\n") { value.removeLast() }
        do {
            guard value.utf8.count <= 64 << 10 else {
                throw Problem.refused("secret.long", "The value is longer than 64 KiB.", remedy: "Store a shorter one.")
            }
            let house = exchange.house
            _ = try await house.desk(exchange.principal, reason: "").setSecret(
                name, Secret(text: value), vault: house.outside.vault)
            house.wake()
            return .seeOther("/secrets?done=set")
        } catch {
            guard let problem = Problem.of(error), [409, 422].contains(problem.status) else { throw error }
            return try await page(exchange, name: String(name.prefix(100)), problem: problem)
        }
    }

    private static func confirm(_ exchange: Exchange, error: PageNote? = nil) async throws -> Reply {
        let name = try exchange.parameter("name")
        let secrets = try await exchange.house.desk(exchange.principal, reason: "").secrets()
        guard let secret = secrets.first(where: { $0.name == name && $0.setAt != nil }) else {
            throw Problem(
                404, "secret.unknown", "There is no secret \(name).",
                remedy: "See the page Secrets for those that there are.")
        }
        var confirmation = Confirmation(
            title: "Remove the secret \(name)?", crumbs: Crumbs.to(("Secrets", "/secrets"), (name, ""), ("Remove", "")),
            action: PagePath.to("secrets", name, "remove"), verb: "Remove", backHref: "/secrets",
            says: ["Its value is forgotten; it can't be shown or brought back."])
        confirmation.isDanger = true
        confirmation.error = error
        confirmation.key = OnceKey.make(exchange.house)
        confirmation.namesTitle = "Used by"
        confirmation.names = secret.usedBy
        if !secret.usedBy.isEmpty {
            confirmation.warnings = [
                PageNote(
                    tone: .warn, title: "It is in use:",
                    text: "take it out of these profiles first; it is not removed while one of them names it.")
            ]
        }
        return try await Page(exchange).reply(
            "confirm", confirmation.context, current: "/secrets", status: error == nil ? .ok : .unprocessableContent)
    }

    private static func remove(_ exchange: Exchange) async throws -> Reply {
        let name = try exchange.parameter("name")
        do {
            try await exchange.house.desk(exchange.principal, reason: try exchange.reason()).removeSecret(
                name, force: false)
            exchange.house.wake()
            return .seeOther("/secrets?done=removed")
        } catch let refusal as DeskRefusal where refusal.code == "secret.in-use" {
            let users =
                try await exchange.house.desk(exchange.principal, reason: "").secrets().first { $0.name == name }?
                .usedBy ?? []
            let note = PageNote(
                tone: .bad, title: refusal.message,
                text: "Take it out of \(users.count == 1 ? "that profile" : "those profiles") first.")
            throw OnceKey.Refusal(reply: try await confirm(exchange, error: note))
        }
    }
}
