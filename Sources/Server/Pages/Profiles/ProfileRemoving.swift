import Automation
import Runner

/// Deleting a profile from its page: refused while something names it.
struct ProfileRemoving: Sendable {
    let shape: ProfileShape

    var routes: [Route] {
        [
            .page(.get, "\(shape.base)/{profile}/delete", .right(.administer)) { exchange in
                try await confirm(exchange, try ProfilePages.known(exchange, shape))
            },
            .page(
                .post, "\(shape.base)/{profile}/delete", .right(.administer),
                takes: Confirmation.takes + [APIField("etag")]
            ) { exchange in
                try await OnceKey.dedupe(exchange, elseTo: shape.base + "?done=deleted") {
                    try await remove(exchange, try ProfilePages.known(exchange, shape))
                }
            },
        ]
    }

    private func confirm(
        _ exchange: Exchange, _ editor: ProfileEditor, error: PageNote? = nil, status: Int = 200
    ) async throws -> Reply {
        let (house, name) = (exchange.house, editor.name)
        let uses = try await ProfileUses(house, shape.kind, name, seenBy: try exchange.principal)
        let href = shape.href(name)
        var confirmation = Confirmation(
            title: "Delete \(name)?", crumbs: shape.crumbs((name, href), ("Delete", "")), action: href + "/delete",
            verb: "Delete profile", backHref: href,
            says: ["\(shape.file(name)) is taken away. What stood in it is kept in the audit trail."])
        confirmation.keepWords = "Keep it"
        confirmation.isDanger = true
        confirmation.error = error
        confirmation.key = OnceKey.make(house)
        confirmation.hidden = [("etag", ProfileEditor.etag(try editor.text()))]
        confirmation.namesTitle = "Used by"
        confirmation.names = uses.certificates + uses.besides
        confirmation.unnamed = uses.others
        if uses.isUsed {
            confirmation.warnings.append(
                PageNote(
                    tone: .warn, title: "It is in use:",
                    text: "name another profile there first; it is not deleted while something names it."))
        }
        if uses.holding > 0 {
            let targets = Quantity.words(uses.holding, "target")
            confirmation.warnings.append(
                PageNote(
                    tone: .warn, title: "\(targets) still \(uses.holding == 1 ? "holds" : "hold") what it published:",
                    text: "nothing is deleted there, and without the profile certflow can't clean them any more.",
                    link: .init(href: "/targets" + PagePath.query([("profile", name)]), label: "Targets")))
        }
        return try await Page(exchange).reply(
            "confirm", confirmation.context, current: shape.base, status: .init(code: status))
    }

    private func remove(_ exchange: Exchange, _ editor: ProfileEditor) async throws -> Reply {
        do {
            guard let text = try editor.text(), ProfileEditor.etag(text) == exchange.fields["etag"] else {
                throw Problem(
                    409, "profile.conflict", "Somebody else changed \(editor.name) meanwhile.",
                    remedy: "Look at it as it is now, and confirm again.")
            }
            try await ProfileStore(house: exchange.house, kind: shape.kind, name: editor.name).remove(
                text, by: exchange.principal, reason: try exchange.reason())
            return .seeOther(shape.base + "?done=deleted")
        } catch let problem as Problem where [409, 422].contains(problem.status) {
            throw OnceKey.Refusal(
                reply: try await confirm(exchange, editor, error: PageNote(problem), status: problem.status))
        }
    }
}
