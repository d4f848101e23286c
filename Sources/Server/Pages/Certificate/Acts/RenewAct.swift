import Automation
import Runner
import Storage

extension HandAct {
    static let renew = HandAct(
        "renew", "Renew now", takes: [APIField("force")],
        confirm: { view, given in
            let state = view.state
            var page = ConfirmPage(
                title: "Renew \(view.name) now?", verb: "Renew now",
                keepWords: view.standing.run == nil ? "Leave it as it is" : "Keep the planned run",
                action: view.address.act("renew"), backHref: view.address.path)
            let issuer = IssuerChoice(view.record, state).profile(at: view.now)
            page.says = [view.askingWords(issuer), view.publishingWords]
            page.facts = [("Issuer", issuer), ("Key", view.versionKey(nil))]
            if let life = state.life {
                page.facts.append(
                    ("In service", "version \(state.current), to \(view.clock.words(life.chainNotAfter))"))
            }
            if let run = view.standing.run {
                page.facts.append(("Planned", Wording.reason(run, in: view.rules.window.zone)))
            }
            if let trouble = state.trouble {
                page.warnings.append(
                    CertificateMark.note(.retrying, "The last renewal failed:", "\(trouble.message) \(trouble.remedy)"))
            }
            if let barred = state.barred {
                page.warnings.append(CertificateMark.note(.retrying, "It may bring no later end:", barred))
            }
            if view.newerWaits {
                page.warnings.append(
                    CertificateMark.note(
                        .retrying, "Version \(state.current) waits to be published:",
                        "it is newer than what any target holds, and a renewal would be spent for nothing."))
                page.questions = [
                    ConfirmPage.Question(
                        label: "A newer version waits", name: "force", isRadio: false,
                        options: [
                            .init(
                                value: "yes", label: "Renew all the same",
                                line: "version \(state.current) is then never published", isOn: given["force"] == "yes")
                        ])
                ]
            }
            return page
        },
        perform: { view, given, exchange in
            _ = try await exchange.handDesk().renew(view.name, force: given["force"] == "yes")
            return view.attemptsReply
        })
}

extension CertificateView {
    /// A version is newer than what any target holds, and will be published.
    var newerWaits: Bool {
        rules.publicationEnabled && !overview.placements.isEmpty && state.current > 0
            && state.heldNumber < state.current
    }

    /// "Asks lets-encrypt for version 8 at once, 13 h 46 min ahead of the planned run."
    fileprivate func askingWords(_ issuer: String) -> String {
        let asks = "Asks \(issuer) for version \(state.current + 1) at once, outside the window"
        guard let run = standing.run else { return "\(asks). No renewal is planned by itself." }
        return run.at > now
            ? "\(asks), \(FlowClock.words(run.at - now)) ahead of the planned run (\(clock.words(run.at)))."
            : "\(asks): the planned run is due."
    }

    /// What becomes of a version that is stored now.
    fileprivate var publishingWords: String {
        let targets = standing.managed
        guard rules.publicationEnabled else {
            return targets.isEmpty
                ? "Nothing is published: publication is off."
                : "Nothing is published: publication is off, and \(Quantity.keeping(targets.count))."
        }
        guard !targets.isEmpty else { return "Nothing is published: the flow names no target." }
        let held = targets.filter { $0.hold?.untilReleased == true }
        let free = targets.filter { $0.hold?.untilReleased != true }
        let runs = free.compactMap { target in
            PublicationPlanner(rules).plan(
                PublicationSituation(
                    held: target.placement.held.map { .init(life: $0.life) }, notBefore: now, wantedSince: now),
                now: now)
        }
        let names = CertificateView.list(held.map { short($0.placement) })
        let stays = held.isEmpty ? "" : " \(names) \(held.count == 1 ? "stays" : "stay") held."
        guard !free.isEmpty else { return "Nothing is published by itself.\(stays)" }
        if pause != nil { return "Nothing is published until the flow is resumed.\(stays)" }
        guard let first = runs.min(by: { $0.at < $1.at }) else {
            return "Nothing is published by itself: no period of the window is ever open for it.\(stays)"
        }
        let places = Wording.count(free.count, "target")
        guard first.at > now + .minutes(1) else {
            return "It is then published to \(places), \(Wording.short(first.cause)): the window is open.\(stays)"
        }
        let why = first.move == .later ? "the window opens" : "\(Wording.short(first.cause)):"
        return "Nothing is published now: \(why) \(publicationClock.words(first.at)), to \(places).\(stays)"
    }
}
