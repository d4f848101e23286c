import Automation
import Profiles
import Runner
import Storage

extension HandAct {
    private static let answers = APIField("answer", .choice(["publish"]))

    static let publish = HandAct(
        "publish", "Publish now",
        takes: [APIField("target", .texts), APIField("at"), APIField("takeOver"), answers],
        confirm: { view, given in
            given["answer"] == "publish" ? view.answerPage(given) : view.publishPage(given)
        },
        perform: { view, given, exchange in
            let targets = try view.chosenTargets(given)
            let desk = try exchange.handDesk()
            if given["answer"] == "publish" {
                _ = try await desk.answer(view.name, .publish, targets: targets)
                return view.attemptsReply
            }
            var order = Desk.PublishOrder()
            order.targets = targets
            order.at = try view.moment(given, "at", in: view.rules.windowOfPublication.zone)
            order.takesOver = given["takeOver"] == "yes"
            _ = try await desk.publish(view.name, order)
            return view.attemptsReply
        })

    /// The other answer to "Ask me".
    static let wait = HandAct(
        "wait", "Wait", takes: [APIField("target", .texts)],
        confirm: { view, given in
            var page = ConfirmPage(
                title: "Let \(view.name) wait for its window?", verb: "Wait", keepWords: "Leave the question open",
                action: view.address.act("wait"), backHref: view.address.path)
            page.says = ["Nothing is published outside the window: each target waits for its next open period."]
            page.warnings = view.expiriesWhileWaiting
            page.questions = [view.targetQuestion(given, among: view.asking) { view.plan($0) }]
            return page
        },
        perform: { view, given, exchange in
            _ = try await exchange.handDesk().answer(view.name, .wait, targets: try view.chosenTargets(given))
            return view.attemptsReply
        })
}

extension CertificateView {
    /// The targets that a person is asked about; all where none is asked about at this moment.
    fileprivate var asking: [TargetStanding] {
        let asking = standing.managed.filter { $0.run?.move == .asks }
        return asking.isEmpty ? standing.managed : asking
    }

    /// "holds version 6; planned Sat 28 Nov 00:12"
    fileprivate func plan(_ target: TargetStanding) -> String {
        let words = target.run.map { $0.at <= now ? "; due now" : "; planned \(publicationClock.words($0.at))" } ?? ""
        let hold = target.hold.map { "; held by \($0.by)" } ?? ""
        return holds(target) + words + hold
    }

    fileprivate var expiriesWhileWaiting: [[String: Any]] {
        asking.compactMap { target in
            guard let held = target.placement.held, let run = target.run, held.life.chainNotAfter < run.at else {
                return nil
            }
            let gap = FlowClock.words(run.at - held.life.chainNotAfter)
            return CertificateMark.note(
                .needsPerson, "\(short(target.placement)) serves something expired for \(gap).",
                "What it holds ends \(publicationClock.words(held.life.chainNotAfter)), and its next open period is "
                    + "\(publicationClock.words(run.at)).")
        }
    }

    /// The newest version and where it goes.
    private var versionFacts: [(label: String, text: String)] {
        guard let life = state.life, state.current > 0 else { return [] }
        let window = rules.windowOfPublication
        let isOpen = window.isOpen(at: now)
        return [
            ("Version", "\(state.current), to \(publicationClock.words(life.chainNotAfter))"),
            (
                "Window",
                "\(isOpen ? "open now" : "closed now"): \(WindowWords(window).choice), \(window.zone.identifier)"
            ),
        ]
    }

    fileprivate func publishPage(_ given: HandAct.Given) -> ConfirmPage {
        var page = ConfirmPage(
            title: "Publish \(name) now?", verb: "Publish now", keepWords: "Keep the planned run",
            action: address.act("publish"), backHref: address.path)
        let targets = standing.managed
        guard state.current > 0 else {
            page.says = ["There is no version yet: renew it first."]
            return page
        }
        page.says = [
            "Puts version \(state.current) on the chosen targets at once, whether or not the window is open, "
                + "tests and reloads as the profile says, and proves it.",
            "Where a target holds it already, nothing is written, but the service is reloaded and proved. "
                + "A hold on a chosen target ends; the other targets keep what they have and what is planned.",
        ]
        page.says += record.flow.profiles.compactMap { rolloutWords($0) }
        page.facts = versionFacts
        if state.revokedAt != nil {
            page.warnings.append(
                CertificateMark.note(
                    .needsPerson, "Version \(state.current) was revoked:", "it is never published; renew it."))
        }
        if targets.isEmpty {
            page.warnings.append(CertificateMark.note(.retrying, "There is no target:", "the flow names none."))
        }
        page.questions = [
            targetQuestion(given, among: targets) { plan($0) },
            ConfirmPage.Question(
                label: "Places", name: "takeOver", isRadio: false,
                options: [
                    .init(
                        value: "yes", label: "Take places over",
                        line: "that another publication owns, or that hold a certificate which is not ours",
                        isOn: given["takeOver"] == "yes")
                ]),
        ]
        page.inputs = [
            .init(
                name: "at", type: "datetime-local", label: "At",
                hint: "empty: now; a time in \(rules.windowOfPublication.zone.identifier)", value: given["at"] ?? "")
        ]
        return page
    }

    /// "nginx-fleet: 1 target first, then 50 % at a time; a failure stops the rest and puts the version before back."
    private func rolloutWords(_ name: String) -> String? {
        guard let profile = house.profiles.publishing[name], profile.targets.count > 1 else { return nil }
        let rollout = profile.rollout
        var text = "\(name): "
        if rollout.first > 0 {
            let share: String =
                switch rollout.then {
                case .count(let count): "\(count)"
                case .percent(let percent): "\(percent) %"
                }
            text += "\(Wording.count(rollout.first, "target")) first, then \(share) at a time"
        } else {
            text += "all \(profile.targets.count) targets at once"
        }
        if rollout.first > 0, rollout.stopOnFailure { text += "; a failure stops the rest" }
        return text
            + (profile.rollsBack ? "; where a test, reload or proof fails, the version before is put back." : ".")
    }

    fileprivate func answerPage(_ given: HandAct.Given) -> ConfirmPage {
        var page = ConfirmPage(
            title: "Publish \(name) outside the window?", verb: "Publish anyway", keepWords: "Leave the question open",
            action: address.act("publish"), backHref: address.path)
        page.hidden = [("answer", "publish")]
        page.facts = versionFacts
        let issuesFirst = state.life.map { $0.notAfter - now < $0.length / 2 } ?? false
        page.says = [
            issuesFirst
                ? "Less than half of the life of version \(state.current) is left: version \(state.current + 1) is issued "
                    + "first, and published outside the window then."
                : "Version \(state.current) is published to the chosen targets outside the window, at its due time and "
                    + "before what they hold expires.",
            "The answer is for that version alone; the next one is asked about again.",
        ]
        page.questions = [targetQuestion(given, among: asking) { plan($0) }]
        return page
    }
}
