import Automation
import Runner
import Storage

extension HandAct {
    static let prove = HandAct(
        "prove", "Prove again", takes: [APIField("target", .texts)],
        confirm: { view, given in
            var page = ConfirmPage(
                title: "Prove \(view.name) again?", verb: "Prove again", keepWords: "Leave it as it is",
                action: view.address.act("prove"), backHref: view.address.path)
            let targets = view.standing.managed.filter { $0.placement.held?.number != nil }
            page.says = [
                "Looks at the chosen targets now whether they serve what was published there; where the profile has no "
                    + "proof, the target is read back. Nothing is changed by looking.",
                "A target that shows something else is published again inside the window.",
            ]
            if targets.isEmpty {
                page.warnings = [
                    CertificateMark.note(.retrying, "Nothing of it is published yet:", "publish it first.")
                ]
            }
            page.questions = [
                view.targetQuestion(given, among: targets) { target in
                    let seen = target.proof.map { "last look \(view.clock.relative($0.at))" } ?? "nobody looked yet"
                    return "\(view.holds(target)); \(seen)"
                }
            ]
            return page
        },
        perform: { view, given, exchange in
            _ = try await exchange.handDesk().prove(view.name, targets: try view.chosenTargets(given))
            return view.attemptsReply
        })
}
