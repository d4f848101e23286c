import Automation
import Foundation
import Profiles
import Runner
import Storage

/// Changing a certificate: filled in, told what follows, saved on the revision that was read.
enum CertificateEditing {
    static let routes: [Route] = [
        .page(.get, "/certificates/{name}/edit", .right(.operate)) { exchange in
            let view = try await CertificateView(exchange)
            let stored = CertificateDraft(view.record)
            return try await show(exchange, view, try typed(exchange.query, view) ?? stored, base: stored)
        },
        .page(
            .post, "/certificates/{name}/edit", .right(.operate),
            takes: CertificateDraft.takes + [APIField("confirmed"), OnceKey.field, .reason]
        ) { exchange in
            let view = try await CertificateView(exchange)
            guard try exchange.fields.flag("confirmed") else { return try await take(exchange, view, saves: false) }
            do {
                return try await OnceKey(exchange).once(elseTo: view.address.path) {
                    let reply = try await take(exchange, view, saves: true)
                    guard reply.status == .seeOther else { throw OnceKey.Refusal(reply: reply) }
                    return reply
                }
            } catch let refusal as OnceKey.Refusal {
                return refusal.reply
            }
        },
    ]

    /// What was typed before, in the address that leads back from the confirmation.
    private static func typed(_ query: Query, _ view: CertificateView) throws -> CertificateDraft? {
        guard query["subjects"] != nil else { return nil }
        var draft = try CertificateDraft(Fields(Dictionary(query.items.map { ($0.name, [$0.value]) }) { $1 }))
        draft.name = view.name
        return draft
    }

    /// Addresses longer than this are cut on the way by some: then the form begins anew.
    private static let longestAddress = 4000

    private static func take(_ exchange: Exchange, _ view: CertificateView, saves: Bool) async throws -> Reply {
        let (house, stored) = (exchange.house, CertificateDraft(view.record))
        var draft = try CertificateDraft(exchange.fields)
        draft.name = view.name
        let base = read(try exchange.fields.text("base", atMost: 200_000)) ?? stored
        let revision = try exchange.fields.integer("etag", in: 0...Int(Int32.max)).map(Int64.init)
        guard revision == view.record.revision else {
            return try await conflict(exchange, view, draft, base: base)
        }
        let (spec, mistakes) = draft.read(
            house.profiles, house.defaults, scope: view.person.scope, flow: view.record.flow)
        guard let spec else { return try await show(exchange, view, draft, base: base, mistakes) }
        let changes = spec.changes(from: CertificateSpec(view.record))
        guard !changes.isEmpty || view.record.isRetired else {
            let note = PageNote(tone: .plain, title: "Nothing is changed:", text: "all of it is stored like this.")
            return try await show(exchange, view, draft, base: base, note: note)
        }
        let desk = house.desk(view.person, reason: try exchange.fields.text("reason", atMost: 1000))
        do {
            guard saves else {
                _ = try await desk.apply([spec], isRehearsal: true, revision: revision)
                return try await confirm(exchange, view, draft, spec, nil)
            }
            _ = try await desk.apply([spec], isRehearsal: false, revision: revision)
            house.wake()
            return .seeOther(view.address.path)
        } catch let refusal as DeskRefusal
            where [DeskRefusal.flowConflict, DeskRefusal.conflict].contains(refusal.code)
        {
            // Somebody was faster between the look and the save: told as any other conflict.
            let fresh = try await CertificateView(exchange)
            return try await conflict(exchange, fresh, draft, base: base)
        } catch let refusal as DeskRefusal {
            let mistake = CertificateDraft.Mistake(
                id: "subjects", label: "Certificate", message: refusal.message, remedy: refusal.remedy)
            return try await show(exchange, view, draft, base: base, [mistake])
        }
    }

    // MARK: Showing

    private static func conflict(
        _ exchange: Exchange, _ view: CertificateView, _ draft: CertificateDraft, base: CertificateDraft
    ) async throws -> Reply {
        let stored = CertificateDraft(view.record)
        let merge = CertificateMerge(draft, base: base, stored: stored)
        return try await show(exchange, view, merge.draft, base: stored, note: merge.note, status: 409)
    }

    private static func show(
        _ exchange: Exchange, _ view: CertificateView, _ draft: CertificateDraft, base: CertificateDraft,
        _ mistakes: [CertificateDraft.Mistake] = [], note: PageNote? = nil, status: Int = 200
    ) async throws -> Reply {
        let page = CertificateEditPage(
            draft: draft, base: text(base), revision: view.record.revision,
            issuers: exchange.house.profiles.issuing.keys.sorted(), mistakes: mistakes, conflict: note)
        return try await Page(exchange).reply(
            "certificate-add", page.context, current: "/certificates",
            status: .init(code: mistakes.isEmpty ? status : 422))
    }

    private static func confirm(
        _ exchange: Exchange, _ view: CertificateView, _ draft: CertificateDraft, _ spec: CertificateSpec,
        _ problem: Problem?
    ) async throws -> Reply {
        let desk = exchange.house.desk(view.person, reason: "")
        var page = ConfirmPage(
            title: "Change \(view.name)?", verb: "Save changes", keepWords: "Go back to editing",
            action: view.address.act("edit"), backHref: view.address.act("edit"))
        let back = page.backHref + PagePath.query(draft.fields)
        if back.utf8.count <= longestAddress { page.backHref = back }
        page.says = EditConsequences(view, spec, try await desk.consequences(of: [spec]).first).lines
        page.facts = spec.changes(from: CertificateSpec(view.record)).map {
            (label: $0.title.prefix(1).uppercased() + $0.title.dropFirst(), text: "\($0.before) \u{2192} \($0.after)")
        }
        page.hidden =
            draft.fields + [
                ("etag", String(view.record.revision)), ("base", text(CertificateDraft(view.record))),
                ("confirmed", "yes"),
            ]
        let context = page.context(
            crumbs: view.crumbs("Edit"), key: OnceKey.make(exchange.house), reason: exchange.fields["reason"] ?? "",
            problem: problem)
        return try await Page(exchange).reply("confirm", context, current: "/certificates")
    }

    // MARK: What the form carries of the draft that it began with

    private static func text(_ draft: CertificateDraft) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return (try? encoder.encode(draft)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    private static func read(_ text: String) -> CertificateDraft? {
        try? JSONDecoder().decode(CertificateDraft.self, from: Data(text.utf8))
    }
}

extension CertificateDraft {
    /// As its form sends it.
    var fields: [(name: String, value: String)] {
        [
            ("subjects", subjects), ("issuer", issuer), ("fallback", fallback), ("fallbackAfter", fallbackAfter),
            ("keyType", key), ("reuse", reuse ? "yes" : "no"), ("labels", labels), ("owner", owner), ("note", note),
        ]
    }
}

/// What follows from changing a certificate, in sentences.
struct EditConsequences {
    private let view: CertificateView
    private let spec: CertificateSpec
    private let consequences: Consequences?

    init(_ view: CertificateView, _ spec: CertificateSpec, _ consequences: Consequences?) {
        self.view = view
        self.spec = spec
        self.consequences = consequences
    }

    var lines: [String] {
        let record = view.record
        var lines: [String] = []
        if record.isRetired { lines.append("It is taken into service again, with the flow that it has.") }
        if Set(record.subjects) != Set(spec.subjects) {
            lines.append(reissue)
        } else if record.issuer != spec.issuer || record.key != spec.key {
            lines.append(atNextRenewal)
        }
        if record.fallback != spec.fallback {
            lines.append(
                spec.fallback.map {
                    "\($0.issuer) takes over where \(spec.issuer) fails for \(Wording.words($0.after))."
                }
                    ?? "No other issuer takes over where \(spec.issuer) fails.")
        }
        if record.labels != spec.labels {
            lines.append("Labels decide who sees it: people and tokens limited to labels may lose or gain it.")
        }
        let causes = FlowCauses(consequences, now: view.now)
        lines += causes.publications.prefix(20).map { "\($0)." }
        if causes.publications.count > 20 { lines.append("So do \(causes.publications.count - 20) more targets.") }
        return lines.isEmpty ? ["Nothing is issued or published for it."] : lines
    }

    private var reissue: String {
        let next = view.state.current + 1
        guard let run = consequences?.issues else {
            return "The names change: no version with them is issued by itself, because auto-renewal is off."
        }
        let when = run.at <= view.now ? "at once" : view.clock.words(run.at)
        return "The names change: version \(next) with the new ones is issued by \(spec.issuer) \(when)."
    }

    private var atNextRenewal: String {
        let when = view.standing.run.map { $0.at > view.now ? ", \(view.clock.words($0.at))" : ", which is due" } ?? ""
        return "Issuer and key count from the next renewal on\(when); \"Renew now\" does it at once."
    }
}
