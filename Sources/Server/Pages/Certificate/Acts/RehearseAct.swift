import Automation
import Foundation
import PluginKit
import Runner
import ServiceLifecycle
import Storage
import Synchronization

extension HandAct {
    /// So long a rehearsal with an issuer may take.
    private static let longest = Span.minutes(5)

    static let rehearse = HandAct(
        "rehearse", "Rehearse",
        takes: [APIField("what", .choice(["publication", "renewal"])), APIField("target", .texts)],
        confirm: { view, given in
            var page = ConfirmPage(
                title: "Rehearse \(view.name)?", verb: "Rehearse", keepWords: "Back to the certificate",
                action: view.address.act("rehearse"), backHref: view.address.path)
            page.says = [
                "Goes the way of a publication or a renewal and tells what would happen; nothing is changed anywhere.",
                "A renewal goes to the issuer's staging with a key of its own, which may take minutes, and leaves one event.",
            ]
            let canPublish = view.state.current > 0 && !view.standing.managed.isEmpty
            let what = given["what"] ?? (canPublish ? "publication" : "renewal")
            let issuer = IssuerChoice(view.record, view.state).profile(at: view.now)
            page.questions = [
                .init(
                    label: "What", name: "what", isRadio: true,
                    options: [
                        .init(
                            value: "publication", label: "Publication",
                            line: canPublish
                                ? "looks at each target: what is there, what would be put there, why it would be refused"
                                : "there is no version or no target yet", isOn: what == "publication"),
                        .init(
                            value: "renewal", label: "Renewal", line: "against the staging of \(issuer)",
                            isOn: what == "renewal"),
                    ]),
                view.targetQuestion(given, among: view.standing.managed) { view.holds($0) },
            ]
            return page
        },
        perform: { view, given, exchange in
            let context: [String: Any]
            switch given["what"] {
            case "publication":
                var order = Desk.PublishOrder()
                order.targets = try view.chosenTargets(given)
                let outlooks = try await PublicationRehearsal(view.house.outside).report(view.name, order)
                context = RehearsalPage(view).context(outlooks)
            case "renewal":
                let reason = try exchange.fields.text("reason", atMost: 1000)
                context = try await RehearsalPage(view).renewal(reason: reason, within: longest)
            default: throw Fields.wrong("what", "is neither publication nor renewal", "Choose one of them.")
            }
            return try await Page(exchange).reply("rehearsal", context, current: "/certificates")
        })
}

/// What a rehearsal found out: what the template `rehearsal` is given.
struct RehearsalPage {
    private let view: CertificateView

    init(_ view: CertificateView) { self.view = view }

    private func page(
        _ lede: String, _ verdict: [String: Any], _ targets: [[String: Any]]
    ) -> [String: Any] {
        [
            "pageTitle": "Rehearsal of \(view.name)", "crumbs": view.crumbs("Rehearsal"),
            "title": "Rehearsal: \(view.name)", "lede": lede, "href": view.address.path, "mayAct": view.mayAct,
            "verdict": verdict, "targets": targets,
        ]
    }

    private static func target(
        _ id: String, _ name: String, _ kind: Mark.Kind, _ words: String, took: String, _ steps: [[String: Any]]
    ) -> [String: Any] {
        ["id": id, "name": name, "mark": CertificateMark.context(kind, words), "took": took, "steps": steps]
    }

    private static func step(_ step: String, _ kind: Mark.Kind, _ words: String, _ text: String) -> [String: Any] {
        ["step": step, "mark": CertificateMark.context(kind, words), "text": CertificateTargets.cut(text, 1000)]
    }

    // MARK: A publication

    func context(_ outlooks: [PublicationOutlook]) -> [String: Any] {
        let failing = outlooks.filter { $0.effect == .refused || $0.effect == .unknown }
        let title =
            failing.isEmpty
            ? "\(Wording.count(outlooks.count, "target")) would take it."
            : "\(failing.count) of \(Wording.count(outlooks.count, "target")) would fail."
        let first = failing.first.map { outlook in
            let why = outlook.failure ?? outlook.refusals.first
            return "\(view.short(outlook.context.placement)): \(why.map { said($0) } ?? "no reason was given")"
        }
        let profiles = Set(outlooks.map(\.context.placement.profile)).sorted().joined(separator: ", ")
        return page(
            "Version \(view.state.current) through \(profiles). Nothing was changed anywhere.",
            CertificateMark.note(failing.isEmpty ? .done : .retrying, title, first ?? "Nothing stands in its way."),
            outlooks.enumerated().map { index, outlook in
                let (kind, words) = Self.effect(outlook)
                return Self.target(
                    "t-\(index + 1)", view.short(outlook.context.placement), kind, words, took: "", steps(outlook))
            })
    }

    private static func effect(_ outlook: PublicationOutlook) -> (Mark.Kind, String) {
        switch outlook.effect {
        case .publishes: (.done, "would publish")
        case .unchanged: (.done, "holds it already")
        case .refused: (.needsPerson, "would fail")
        case .unknown: (.needsPerson, "could not be looked at")
        }
    }

    private func said(_ failure: PluginFailure) -> String {
        "\(view.shown(failure.message, code: failure.code)) \(failure.remedy)"
    }

    private func steps(_ outlook: PublicationOutlook) -> [[String: Any]] {
        var steps: [[String: Any]] = []
        if let failure = outlook.failure { steps.append(Self.step("look", .needsPerson, "failed", said(failure))) }
        for refusal in outlook.refusals { steps.append(Self.step("check", .needsPerson, "refused", said(refusal))) }
        for finding in outlook.findings {
            let kind: Mark.Kind = finding.weight == .fact ? .done : .retrying
            steps.append(
                Self.step(
                    "check", kind, finding.weight == .fact ? "passed" : "warning",
                    "\(finding.message) \(finding.remedy ?? "")"))
        }
        if let presence = outlook.presence { steps.append(found(presence, outlook.found)) }
        if let served = outlook.served {
            let isGood = served.outcome == .serving
            let words = outlook.shown.map { held($0) } ?? served.lines.joined(separator: " ")
            steps.append(
                Self.step("served now", isGood ? .done : .waiting, isGood ? "the new one" : "something else", words))
        }
        for file in outlook.files { steps.append(self.file(file)) }
        for request in outlook.rendering?.requests ?? [] {
            steps.append(Self.step("request", .off, "not sent", "\(request.name): \(request.method) \(request.url)"))
        }
        if let test = outlook.rendering?.test {
            steps.append(Self.step("test", .off, "not run", test.joined(separator: " ")))
        }
        if let reload = outlook.rendering?.reload {
            steps.append(Self.step("reload", .off, "not run", reload.joined(separator: " ")))
        }
        if let proof = outlook.rendering?.proof { steps.append(Self.step("prove", .off, "not run", proof)) }
        if !outlook.goesAfter.isEmpty {
            steps.append(
                Self.step("rollout", .waiting, "goes after", CertificateView.list(outlook.goesAfter, atMost: 10)))
        }
        if let schedule = outlook.schedule {
            steps.append(Self.step("by itself", .waiting, "planned", words(schedule)))
        }
        return steps
    }

    private func file(_ file: ComparedFile) -> [String: Any] {
        let present = file.present.map { ", \($0) bytes are there" } ?? ""
        return switch file.change {
        case .new: Self.step("compare", .done, "new", "\(file.name) would be written")
        case .changed: Self.step("compare", .done, "differs", "\(file.name) would be switched\(present)")
        case .unchanged: Self.step("compare", .off, "unchanged", "\(file.name)\(present)")
        case .unknowable:
            Self.step("compare", .notProved, "unknown", "\(file.name)\(present); its form differs each time")
        }
    }

    private func found(_ presence: Presence, _ held: PlacementRecord.Held?) -> [String: Any] {
        switch presence {
        case .nothing: Self.step("found", .off, "nothing", "no certificate is there yet")
        case .certificates:
            Self.step("found", .done, "a certificate", held.map { self.held($0) } ?? "what is there is no certificate")
        case .unreadable(let words): Self.step("found", .retrying, "unreadable", words)
        case .unknowable: Self.step("found", .notProved, "unknown", "this target can't be read back")
        }
    }

    private func held(_ held: PlacementRecord.Held) -> String {
        let what = held.number.map { "version \($0)" } ?? "a certificate that is not ours"
        return "\(what), to \(view.publicationClock.words(held.life.chainNotAfter)), SHA-256 \(held.fingerprint)"
    }

    private func words(_ schedule: PublicationOutlook.Schedule) -> String {
        switch schedule {
        case .planned(let run):
            let when = run.at <= view.now ? "now" : view.publicationClock.words(run.at)
            return "\(when): \(Wording.reason(run, in: view.rules.windowOfPublication.zone))"
        case .nothingToDo: return "nothing to do: the target holds it"
        case .never: return "never: no period of the window is ever open for it"
        case .paused(let pause): return "paused by \(pause.by)"
        case .stuck(let trouble): return "not until a person acts: \(view.shown(trouble.message, code: trouble.code))"
        case .resting(.held): return "a person holds the target at what it has"
        case .resting(.publicationOff): return "publication is switched off in the flow"
        case .resting: return "nothing is to be there"
        }
    }

    // MARK: A renewal

    /// - Throws: `DeskRefusal` where the issuer has no staging, `StorageError`.
    func renewal(reason: String, within limit: Span) async throws -> [String: Any] {
        let issuer = view.record.issuer
        let notes = Mutex<[String]>([])
        let lede = "A renewal against the staging of \(issuer). Nothing of it is stored."
        do {
            let rehearsal = RenewalRehearsal(view.house.outside, Person(name: view.person.actor, reason: reason))
            let report = try await rehearsal.run(
                view.name, within: limit, until: { try? await gracefulShutdown() },
                tell: { text in notes.withLock { if $0.count < 100 { $0.append(text) } } })
            let whole = report.steps.map(\.took).reduce(.zero, +)
            var steps = report.steps.map { Self.step($0.name, .done, "passed", "after \(Self.words($0.took))") }
            steps += notes.withLock { $0 }.map { Self.step("note", .done, "said", $0) }
            let version = report.version
            let facts =
                "\(version.subjects.map(\.description).joined(separator: ", ")); issued by \(version.issuerName); "
                + "to \(view.clock.words(version.life.chainNotAfter)); \(Wording.count(version.chain.count, "certificate"))"
            steps.append(Self.step("result", .done, "checked", facts))
            return page(
                lede, CertificateMark.note(.done, "The renewal would work.", "Names, key, dates and chain are right."),
                [Self.target("t-1", issuer, .done, "would issue", took: Self.words(whole), steps)])
        } catch let failure as PluginFailure {
            var steps = notes.withLock { $0 }.map { Self.step("note", .done, "said", $0) }
            steps.append(Self.step("renewal", .needsPerson, "failed", "\(failure.message) \(failure.remedy)"))
            return page(
                lede, CertificateMark.note(.needsPerson, "The renewal would fail.", failure.message),
                [Self.target("t-1", issuer, .needsPerson, "would fail", took: "", steps)])
        }
    }

    /// "1.204 s"
    private static func words(_ span: Duration) -> String {
        let milliseconds = span.components.seconds * 1000 + span.components.attoseconds / 1_000_000_000_000_000
        let rest = String(milliseconds % 1000)
        return "\(milliseconds / 1000).\(String(repeating: "0", count: max(0, 3 - rest.count)))\(rest) s"
    }
}
