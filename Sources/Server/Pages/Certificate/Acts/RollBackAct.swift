import Automation
import Runner
import Storage

extension HandAct {
    static let rollBack = HandAct(
        "roll-back", "Roll back",
        takes: [APIField("version"), APIField("until", .choice(["next", "released"])), APIField("target", .texts)],
        confirm: { view, given in
            let versions = try await view.usableVersions()
            let chosen = given["version"].flatMap(Int.init) ?? versions.first?.number
            var page = ConfirmPage(
                title: "Roll back \(view.name)?", verb: "Roll back", keepWords: "Keep version \(view.state.current)",
                action: view.address.act("roll-back"), backHref: view.address.path)
            page.isDanger = true
            page.says = [
                "Puts an earlier version on the chosen targets at once, outside the window, and proves it. "
                    + "The other targets keep what they have.",
                "Never to a version that is expired or revoked. If it fails, what is there stays, and needs a person.",
            ]
            if let life = view.state.life {
                page.facts = [
                    (
                        "In service",
                        "version \(view.state.current), to \(view.publicationClock.words(life.chainNotAfter))"
                    )
                ]
            }
            if versions.isEmpty {
                page.warnings = [
                    CertificateMark.note(
                        .needsPerson, "There is nothing to roll back to:",
                        "no earlier version is still valid and not revoked.")
                ]
            }
            for version in versions where version.number == chosen && version.life.chainNotAfter < view.now + .days(7) {
                page.warnings.append(
                    CertificateMark.note(
                        .retrying,
                        "Version \(version.number) expires \(view.clock.relative(version.life.chainNotAfter)).",
                        "A newer version must follow before that."))
            }
            page.questions = [
                ConfirmPage.Question(
                    label: "Version", name: "version", isRadio: true,
                    options: versions.map {
                        .init(
                            value: String($0.number), label: "Version \($0.number)",
                            line: "to \(view.publicationClock.words($0.life.chainNotAfter))", isOn: $0.number == chosen)
                    }),
                ConfirmPage.Question(
                    label: "How long", name: "until", isRadio: true,
                    options: [
                        .init(
                            value: "next", label: "Until the next version",
                            line: "the next renewal is published as always", isOn: given["until"] != "released"),
                        .init(
                            value: "released", label: "Until released",
                            line: "held until somebody resumes the flow, also past its expiry",
                            isOn: given["until"] == "released"),
                    ]),
                view.targetQuestion(given, among: view.standing.managed) { view.holds($0) },
            ]
            return page
        },
        perform: { view, given, exchange in
            guard let number = given["version"].flatMap(Int.init) else {
                throw Fields.wrong("version", "names none", "Choose the version to go back to.")
            }
            guard ["next", "released"].contains(given["until"] ?? "next") else {
                throw Fields.wrong("until", "is neither next nor released", "Choose one of them.")
            }
            _ = try await exchange.handDesk().rollback(
                view.name, to: number, targets: try view.chosenTargets(given),
                untilReleased: given["until"] == "released")
            return view.attemptsReply
        })
}

extension CertificateView {
    /// Earlier ones that may come back, newest first.
    fileprivate func usableVersions() async throws -> [VersionRecord] {
        try await house.ledger.versions(of: record.id, limit: PublicationContext.versionsRead).filter {
            $0.number < state.current && $0.revokedAt == nil && $0.life.isValid(at: now)
        }
    }
}
