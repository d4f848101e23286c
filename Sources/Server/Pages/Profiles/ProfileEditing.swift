import Automation
import Foundation
import PluginKit
import Profiles
import Runner

/// Changing profiles: as YAML or through a form, looked at as a whole before, saved whole or not at all.
struct ProfileEditing: Sendable {
    let shape: ProfileShape

    private static let takes = [
        APIField("name"), APIField("etag"), APIField("action"), APIField("confirmed"), APIField("yaml"), .reason,
        APIField("key"),
    ]
    private static let formTakes =
        [
            APIField("name"), APIField("etag"), APIField("action"), APIField("backend"), APIField("description"),
            APIField("with.*"),
        ] + ["targets", "test", "reload", "prove", "rollout", "onFailure", "announced"].map { APIField($0) }

    var routes: [Route] {
        [
            .page(.get, "\(shape.base)/add", .right(.administer)) { exchange in
                var page = page(exchange, nil)
                page.text = template(exchange)
                return try await show(exchange, page)
            },
            .page(.post, "\(shape.base)/add", .right(.administer), takes: Self.takes) { exchange in
                try await takeText(exchange, try named(exchange), isNew: true)
            },
            .page(.get, "\(shape.base)/add/form", .right(.administer)) { exchange in
                var page = page(exchange, nil)
                try drawNew(exchange, &page)
                return try await show(exchange, page)
            },
            .page(.post, "\(shape.base)/add/form", .right(.administer), takes: Self.formTakes) { exchange in
                try await takeForm(exchange, try named(exchange), isNew: true)
            },
            .page(.get, "\(shape.base)/{profile}/edit", .right(.administer)) { exchange in
                let editor = try ProfilePages.known(exchange, shape)
                var page = page(exchange, editor.name)
                page.text = try editor.text() ?? ""
                page.etag = ProfileEditor.etag(try editor.text())
                page.uses = try await ProfilePages.users(exchange, shape, editor.name).total
                page.problems = shape.problems(exchange.house.profiles, editor.name)
                return try await show(exchange, page)
            },
            .page(.post, "\(shape.base)/{profile}/edit", .right(.administer), takes: Self.takes) { exchange in
                try await takeText(exchange, try ProfilePages.known(exchange, shape), isNew: false)
            },
            .page(.get, "\(shape.base)/{profile}/form", .right(.administer)) { exchange in
                let editor = try ProfilePages.known(exchange, shape)
                var page = page(exchange, editor.name)
                let text = try editor.text() ?? ""
                page.etag = ProfileEditor.etag(text)
                let (root, backend) = try await read(text, editor)
                guard let root, let manifest = backend.flatMap({ shape.manifests(exchange.house.outside.registry)[$0] })
                else {
                    // What can't be read has no fields: only its text can be mended.
                    return .seeOther(shape.href(editor.name) + "/edit")
                }
                var form = ProfileForm(shape, manifest)
                form.fill(from: root)
                page.form = form
                page.uses = try await ProfilePages.users(exchange, shape, editor.name).total
                return try await show(exchange, page)
            },
            .page(.post, "\(shape.base)/{profile}/form", .right(.administer), takes: Self.formTakes) { exchange in
                try await takeForm(exchange, try ProfilePages.known(exchange, shape), isNew: false)
            },
        ]
    }

    // MARK: Pages

    private func page(_ exchange: Exchange, _ name: String?) -> ProfileEditPage {
        ProfileEditPage(
            shape: shape, name: name, backends: shape.manifests(exchange.house.outside.registry).keys.sorted())
    }

    private func show(_ exchange: Exchange, _ page: ProfileEditPage, status: Int = 200) async throws -> Reply {
        try await Page(exchange).reply("profile-edit", page.context, current: shape.base, status: .init(code: status))
    }

    private func template(_ exchange: Exchange) -> String {
        let backend = shape.manifests(exchange.house.outside.registry).keys.sorted().first ?? ""
        return "profile: NAME\ndescription: \n\(shape.backendKey): \(backend)\nwith:\n  \n"
    }

    private func drawNew(_ exchange: Exchange, _ page: inout ProfileEditPage) throws {
        let manifests = shape.manifests(exchange.house.outside.registry)
        let wanted = exchange.fields["backend"] ?? exchange.query["backend"]
        guard let backend = wanted ?? manifests.keys.sorted().first, let manifest = manifests[backend] else {
            throw Fields.wrong(
                "backend", "is none that is known here",
                "Choose one of \(manifests.keys.sorted().joined(separator: ", ")).")
        }
        page.backend = backend
        page.form = ProfileForm(shape, manifest)
    }

    /// On a stack of its own.
    private func read(_ text: String, _ editor: ProfileEditor) async throws -> (OptionNode?, String?) {
        let (path, key) = (shape.file(editor.name), shape.backendKey)
        return try await ProfileEditor.workers.run {
            let root = (try? YAMLReader.read(SourceFile(text, path: path))) ?? nil
            guard case .scalar(let backend)? = root?[key]?.value else { return (root, nil) }
            return (root, backend)
        }
    }

    /// Of a new one: its name makes its file, so it is looked at closely.
    private func named(_ exchange: Exchange) throws -> ProfileEditor {
        let name = try exchange.fields.text("name", atMost: 200).trimmingCharacters(in: .whitespaces)
        return ProfileEditor(house: exchange.house, shape: shape, name: name)
    }

    /// Why a new profile can't bear this name; nil where it can.
    private func refusal(_ editor: ProfileEditor) throws -> Problem? {
        guard OptionText.isName(editor.name), editor.name.count <= 64 else {
            return Problem.refused(
                "profile.name", "\"\(editor.name.prefix(64))\" can't be the name of a profile.",
                remedy: "Use at most 64 letters, digits and . _ -, beginning with a letter or a digit.")
        }
        guard !["add", "reload"].contains(editor.name) else {
            return Problem.refused(
                "profile.name", "\(editor.name) is an address of its own here.", remedy: "Choose another name.")
        }
        guard try editor.text() == nil else {
            return Problem.refused(
                "profile.taken", "There is a profile \(editor.name) already.",
                remedy: "Choose another name, or edit that one.")
        }
        return nil
    }

    // MARK: Taking

    private func takeText(_ exchange: Exchange, _ editor: ProfileEditor, isNew: Bool) async throws -> Reply {
        guard exchange.fields["confirmed"] == "yes" else { return try await weigh(exchange, editor, isNew: isNew) }
        return try await OnceKey.dedupe(exchange, elseTo: shape.href(editor.name) + "?done=saved") {
            let reply = try await weigh(exchange, editor, isNew: isNew)
            guard reply.status == .seeOther else { throw OnceKey.Refusal(reply: reply) }
            return reply
        }
    }

    private func weigh(_ exchange: Exchange, _ editor: ProfileEditor, isNew: Bool) async throws -> Reply {
        var page = page(exchange, isNew ? nil : editor.name)
        page.uses = isNew ? 0 : try await ProfilePages.users(exchange, shape, editor.name).total
        page.newName = editor.name
        page.text = ProfileEditor.normalized(exchange.fields["yaml"] ?? "")
        page.etag = exchange.fields["etag"] ?? ""
        if isNew, let refusal = try refusal(editor) {
            page.refusals = [refusal]
            return try await show(exchange, page, status: 422)
        }
        let candidate = try await editor.candidate(page.text)
        guard candidate.problems.isEmpty else {
            page.problems = candidate.problems
            return try await show(exchange, page, status: 422)
        }
        return try await finish(exchange, editor, candidate, page)
    }

    private func takeForm(_ exchange: Exchange, _ editor: ProfileEditor, isNew: Bool) async throws -> Reply {
        var page = page(exchange, isNew ? nil : editor.name)
        page.uses = isNew ? 0 : try await ProfilePages.users(exchange, shape, editor.name).total
        page.newName = editor.name
        page.etag = exchange.fields["etag"] ?? ""
        let manifests = shape.manifests(exchange.house.outside.registry)
        let before = isNew ? nil : try editor.text()
        if isNew {
            try drawNew(exchange, &page)
        } else {
            let (root, backend) = try await read(before ?? "", editor)
            guard let root, let backend, let manifest = manifests[backend] else {
                return .seeOther(shape.href(editor.name) + "/edit")
            }
            page.backend = backend
            var form = ProfileForm(shape, manifest)
            // What the form can't show as fields it shows as YAML: so it was drawn, and so it is read.
            form.fill(from: root)
            page.form = form
        }
        let known = Set(manifests.values.flatMap { $0.options.fields.map { "with.\($0.name)" } })
        if let unknown = exchange.fields.names.filter({ $0.hasPrefix("with.") }).subtracting(known).sorted().first {
            throw Fields.wrong(
                String(unknown.prefix(64)), "is no option of any \(shape.backendKey)", "Open the form again.")
        }
        page.form?.take(exchange.fields)
        // The form of another backend than the one that was filled in: drawn anew, nothing is taken yet.
        if isNew, exchange.query["backend"] != page.backend { return try await show(exchange, page) }
        var form = page.form
        let backend = page.backend
        let (shape, name) = (shape, editor.name)
        let drawn = form
        let written = try await ProfileEditor.workers.run {
            var form = drawn
            guard let root = form?.root(shape, name: name, backend: backend) else { return (form, "", [String]()) }
            let (text, places) = ProfileYAML.text(root, comment: before.map(ProfileYAML.comment) ?? "")
            return (form, text, places)
        }
        form = written.0
        page.form = form
        if isNew, let refusal = try refusal(editor) { page.refusals = [refusal] }
        guard page.refusals.isEmpty, form?.errors.isEmpty ?? false else {
            return try await show(exchange, page, status: 422)
        }
        let candidate = try await editor.candidate(written.1)
        guard candidate.problems.isEmpty else {
            page.problems = page.form?.note(candidate.problems, places: written.2) ?? []
            return try await show(exchange, page, status: 422)
        }
        page.text = written.1
        return try await finish(exchange, editor, candidate, page)
    }

    // MARK: Saving

    private func finish(
        _ exchange: Exchange, _ editor: ProfileEditor, _ candidate: ProfileEditor.Candidate, _ page: ProfileEditPage
    ) async throws -> Reply {
        var page = page
        let now = try editor.text()
        guard ProfileEditor.etag(now) == page.etag else { return try await conflict(exchange, page, now) }
        let action = exchange.fields["action"] ?? ""
        guard ["check", "save"].contains(action) else {
            throw Fields.wrong("action", "is neither check nor save", "Press a button.")
        }
        let publications = try await editor.publications(candidate)
        let words = try await said(exchange, publications)
        if action == "check" {
            page.savesWords = "It is in order. " + words.says
            return try await show(exchange, page)
        }
        guard exchange.fields["confirmed"] == "yes" else {
            return try await confirm(exchange, editor, candidate, page, words)
        }
        do {
            try await editor.save(
                candidate.text, etag: page.etag, by: exchange.principal, reason: try exchange.reason())
        } catch let problem as Problem where problem.status == 409 {
            return try await conflict(exchange, page, try editor.text())
        }
        return .seeOther(shape.href(editor.name) + "?done=saved")
    }

    private func conflict(_ exchange: Exchange, _ page: ProfileEditPage, _ now: String?) async throws -> Reply {
        var page = page
        page.etag = ProfileEditor.etag(now)
        page.conflict = PageNote(
            tone: .warn, title: "Somebody else changed the file meanwhile:",
            text: now == nil
                ? "it is gone. Saving again makes it anew."
                : "what you wrote stands below. Saving again replaces what they wrote.",
            link: page.name.map { .init(href: shape.href($0), label: "See the file as it is now") })
        return try await show(exchange, page, status: 409)
    }

    /// What saving publishes; certificates that this person does not see are counted only.
    private func said(
        _ exchange: Exchange, _ all: [Consequences]
    ) async throws -> (says: String, names: [String], unnamed: Int) {
        let count = all.reduce(0) { $0 + $1.publications.count }
        guard count > 0 else { return ("Saving it publishes nothing.", [], 0) }
        let first = all.flatMap { $0.publications.compactMap { $0.run?.at } }.min()
        let when = first.map { ", the first \(exchange.clock.relative($0))" } ?? ""
        var names: [String] = []
        let principal = try exchange.principal
        for consequences in all where names.count < 20 {
            guard let record = try await exchange.house.ledger.certificate(named: consequences.certificate),
                principal.sees(record.labels)
            else { continue }
            names.append(consequences.certificate)
        }
        return ("Saving it causes \(Wording.count(count, "publication"))\(when).", names, all.count - names.count)
    }

    private func confirm(
        _ exchange: Exchange, _ editor: ProfileEditor, _ candidate: ProfileEditor.Candidate, _ page: ProfileEditPage,
        _ words: (says: String, names: [String], unnamed: Int)
    ) async throws -> Reply {
        let action = page.name.map { shape.href($0) + "/edit" } ?? "\(shape.base)/add"
        var confirmation = Confirmation(
            title: "Save \(editor.name)?",
            crumbs: page.name.map { shape.crumbs(($0, shape.href($0)), ("Save", "")) } ?? shape.crumbs(("Save", "")),
            action: action, verb: "Save profile",
            backHref: page.name.map { shape.href($0) + "/edit" } ?? "\(shape.base)/add",
            says: [
                words.says, "The set of profiles is read anew as a whole: all valid, or the one before stays in force.",
            ])
        confirmation.hidden = [
            ("yaml", candidate.text), ("etag", page.etag), ("action", "save"), ("confirmed", "yes"),
            ("name", editor.name),
        ]
        if page.name != nil { confirmation.hidden.removeLast() }
        confirmation.key = OnceKey.make(exchange.house)
        confirmation.namesTitle = "Published again"
        confirmation.names = words.names
        confirmation.unnamed = words.names.isEmpty ? 0 : words.unnamed
        confirmation.keepWords = "Go back to editing"
        return try await Page(exchange).reply("confirm", confirmation.context, current: shape.base)
    }
}
