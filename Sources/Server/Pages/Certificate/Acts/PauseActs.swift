import Automation
import Runner
import Storage

extension HandAct {
    static let pause = HandAct(
        "pause", "Pause flow", takes: [APIField("until")],
        confirm: { view, given in
            let zone = view.rules.window.zone
            var page = ConfirmPage(
                title: "Pause the flow of \(view.name)?", verb: "Pause flow", keepWords: "Let it run",
                action: view.address.act("pause"), backHref: view.address.path)
            page.says = [
                "Nothing of it is renewed or published by itself until it is resumed. What runs is finished, targets are "
                    + "watched, alarms stay, and what is asked for by hand is done."
            ]
            if let pause = view.pause {
                page.facts.append(("Paused already", "by \(pause.by) since \(view.clock.words(pause.since))"))
            }
            if let run = view.standing.run {
                page.facts.append(("Next renewal", run.at <= view.now ? "due now" : view.clock.words(run.at)))
            }
            if let next = view.standing.nextPublication {
                let at = next.run.at <= view.now ? "due now" : view.publicationClock.words(next.run.at)
                page.facts.append(("Next publication", "\(at), to \(view.short(next.target.placement))"))
            }
            let ends = [view.standing.firstEndServed, view.state.life?.chainNotAfter].compactMap { $0 }
            if let end = ends.min() {
                page.warnings = [
                    CertificateMark.note(
                        .retrying, "It expires \(view.clock.words(end)), \(view.clock.relative(end)).",
                        "A pause that lasts until then ends in an outage.")
                ]
            }
            page.inputs = [
                .init(
                    name: "until", type: "datetime-local", label: "Until",
                    hint: "empty: until resumed; a time in \(zone.identifier)", value: given["until"] ?? "")
            ]
            return page
        },
        perform: { view, given, exchange in
            let until = try view.moment(given, "until", in: view.rules.window.zone)
            _ = try await exchange.handDesk().pause(.name(view.name), until: until)
            return .seeOther(view.address.path)
        })

    static let resume = HandAct(
        "resume", "Resume flow",
        confirm: { view, _ in
            var page = ConfirmPage(
                title: "Resume the flow of \(view.name)?", verb: "Resume flow", keepWords: "Leave it as it is",
                action: view.address.act("resume"), backHref: view.address.path)
            page.says = ["What is overdue by then runs at once, as far as its window allows."]
            let held = view.standing.targets.filter { $0.hold != nil }
            if let pause = view.pause {
                let why = pause.reason.isEmpty ? "" : ": \(pause.reason)"
                page.facts.append(("Paused", "by \(pause.by) since \(view.clock.words(pause.since))\(why)"))
            }
            if !held.isEmpty {
                page.says.append(
                    "\(CertificateView.list(held.map { view.short($0.placement) })) \(held.count == 1 ? "is" : "are") "
                        + "released, and get\(held.count == 1 ? "s" : "") the newest version by the flow's rules.")
            }
            if view.pause == nil, held.isEmpty { page.says = ["Nothing of it is paused or held."] }
            return page
        },
        perform: { view, _, exchange in
            _ = try await exchange.handDesk().resume(.name(view.name))
            return .seeOther(view.address.path)
        })
}
