import Automation
import PluginKit
import Runner
import Storage

extension HandAct {
    private static let version = APIField("version")

    /// Asks the CA, and replaces what was revoked.
    static let revoke = HandAct(
        "revoke", "Revoke",
        takes: [
            version, APIField("because", .choice(RevocationReason.allCases.map(\.rawValue))), APIField("issuer"),
        ],
        confirm: { view, given in
            let version = try await view.revocable(given)
            let revocation = Revocation(view.house.outside, view.house.desk(view.person, reason: ""))
            var page = view.page(
                "Revoke version \(version.number) of \(view.name)?", "revoke", verb: "Revoke", given, version)
            page.says = [
                "The CA is asked to revoke it: clients refuse it from then on, and nobody can take that back."
            ]
            page.says += view.wordsAfterwards(of: version)
            // Who knows its issuer asks that one.
            let others = view.house.profiles.issuing[version.issuer] == nil
            let issuer = given["issuer"] ?? ""
            do {
                let plan = try await revocation.plan(
                    view.name, version: version.number, issuer: others && !issuer.isEmpty ? issuer : nil)
                page.facts.insert(("Asked", plan.issuer), at: 0)
                if !plan.sameKey.isEmpty {
                    let numbers = WindowWords.list(plan.sameKey.map(String.init))
                    let noun = plan.sameKey.count == 1 ? "Version \(numbers) has" : "Versions \(numbers) have"
                    page.warnings.append(
                        CertificateMark.note(
                            .retrying, "\(noun) the same key:", "where that is known to others, revoke this too."))
                }
            } catch let refusal as DeskRefusal {
                page.warnings.append(view.note(refusal, version, mayChoose: others && !revocation.issuers.isEmpty))
            }
            page.questions = [
                .init(
                    label: "Reason for the CA", name: "because", isRadio: true,
                    options: RevocationReason.shown.map {
                        .init(
                            value: $0.rawValue, label: $0.words, line: $0.rawValue,
                            isOn: given["because"] == $0.rawValue)
                    })
            ]
            if others, !revocation.issuers.isEmpty {
                page.questions.append(
                    .init(
                        label: "Issuing profile to ask", name: "issuer", isRadio: true,
                        options: revocation.issuers.map {
                            .init(
                                value: $0, label: $0, line: "choose it only where its CA issued this version",
                                isOn: issuer == $0)
                        }))
            }
            return page
        },
        perform: { view, given, exchange in
            guard let reason = given["because"].flatMap(RevocationReason.init(rawValue:)) else {
                throw Fields.wrong("because", "names no reason", "Choose the reason that the CA is told.")
            }
            let version = try await view.revocable(given)
            let revocation = Revocation(view.house.outside, try exchange.handDesk())
            let issuer = given["issuer"].flatMap { $0.isEmpty ? nil : $0 }
            let plan = try await revocation.plan(view.name, version: version.number, issuer: issuer)
            do {
                _ = try await revocation.carryOut(plan, reason)
            } catch let failure as PluginFailure {
                // It may be asked again: what is revoked already counts as done.
                throw Problem.refused(failure.code, failure.message, remedy: failure.remedy)
            }
            return view.attemptsReply
        })

    /// Told of a revocation that was made elsewhere.
    static let revoked = HandAct(
        "revoked", "It was revoked", takes: [version],
        confirm: { view, given in
            let version = try await view.revocable(given)
            var page = view.page(
                "Was version \(version.number) of \(view.name) revoked?", "revoked", verb: "It was revoked", given,
                version)
            page.says = [
                "For a version that its CA has revoked, or whose key is known to others. This tells nobody: where the CA "
                    + "does not know it yet, revoke it there as well."
            ]
            page.says += view.wordsAfterwards(of: version)
            return page
        },
        perform: { view, given, exchange in
            let version = try await view.revocable(given)
            _ = try await exchange.handDesk().noteRevoked(view.name, version: version.number, asking: true)
            return view.attemptsReply
        })
}

extension RevocationReason {
    /// The gravest first.
    static let shown: [RevocationReason] = [
        .keyCompromise, .superseded, .affiliationChanged, .cessationOfOperation, .unspecified,
    ]
}

extension CertificateView {
    /// The version that is meant: the current one where none is named.
    fileprivate func revocable(_ given: HandAct.Given) async throws -> VersionRecord {
        let number =
            try Fields(given["version"].map { ["version": [$0]] } ?? [:])
            .integer("version", in: 1...1_000_000_000) ?? state.current
        guard let version = try await house.ledger.version(of: record.id, number: number) else {
            throw Problem(
                404, "version.unknown", "\(name) has no version \(number).",
                remedy: "Its page lists the versions that there are.")
        }
        return version
    }

    fileprivate func page(
        _ title: String, _ verb: String, verb button: String, _ given: HandAct.Given, _ version: VersionRecord
    ) -> ConfirmPage {
        var page = ConfirmPage(
            title: title, verb: button, keepWords: "Leave it as it is", action: address.act(verb),
            backHref: address.path)
        page.isDanger = true
        page.hidden = [("version", String(version.number))]
        page.facts = [
            ("Version", "\(version.number), to \(clock.words(version.life.chainNotAfter))"), ("Serial", version.serial),
            ("Held by", holders(of: version)),
        ]
        if let at = version.revokedAt {
            page.warnings.append(
                CertificateMark.note(
                    .retrying, "It counts as revoked since \(clock.words(at)):",
                    "doing it again changes nothing but what is not replaced yet."))
        }
        return page
    }

    private func holders(of version: VersionRecord) -> String {
        let holders = standing.targets.filter { $0.placement.held?.number == version.number }
        return holders.isEmpty ? "no target" : Self.list(holders.map { short($0.placement) }, atMost: 10)
    }

    /// What follows once it is known to be revoked.
    fileprivate func wordsAfterwards(of version: VersionRecord) -> [String] {
        let next = state.current + 1
        let held = standing.targets.contains { $0.placement.held?.number == version.number }
        switch Desk.replacement(of: version, overview) {
        case .renewal, .scheduled:
            var words = [
                "Version \(next) with a new key is issued at once, outside any window"
                    + (rules.renewalEnabled ? "." : ", although auto-renewal is off.")
            ]
            if pause != nil, held {
                words.append(
                    "The flow is paused: targets that hold it keep it until the flow is resumed, or version \(next) is "
                        + "published by hand.")
            } else if rules.publicationEnabled, held {
                words.append(
                    "Targets that hold version \(version.number) get version \(next) within 24 hours; what waits of "
                        + "version \(version.number) is never published.")
            } else if held {
                words.append(
                    "Publication is off: targets that hold it keep it until version \(next) is published by hand.")
            }
            return words
        case .notCurrent:
            let stays =
                "Targets that hold it keep it until version \(state.current) is published there: publish it now."
            return ["It is not the current version: nothing new is issued, and what waits of it is never published."]
                + (held ? [stays] : [])
        case .retired: return ["\(name) is out of service: nothing takes its place."]
        case .notRenewed:
            return [
                "It was imported and auto-renewal is off: nothing takes its place by itself. \"Renew now\" has a new "
                    + "one with a new key issued by \(record.issuer)."
            ]
        }
    }

    /// Why the CA can't be asked, with what a person does on these pages instead.
    fileprivate func note(_ refusal: DeskRefusal, _ version: VersionRecord, mayChoose: Bool) -> [String: Any] {
        let end = clock.words(version.life.notAfter)
        let remedy =
            switch refusal.code {
            case "issuer.no-revocation":
                "\"It was revoked\" replaces it at once with a new key; clients accept the old one until \(end)."
            case "revocation.imported", "profile.missing":
                (mayChoose ? "Choose the issuing profile of its CA below, or revoke" : "Revoke")
                    + " it with the CA's own tools and say \"It was revoked\"."
            case "revocation.no-certificate": "Revoke it with the CA's own tools and say \"It was revoked\"."
            default: refusal.remedy
            }
        let link = PageNote.Link(
            href: "\(address.act("revoked"))?version=\(version.number)", label: "It was revoked\u{2026}")
        let isOver = refusal.code == "revocation.expired"
        return PageNote(tone: .warn, title: refusal.message, text: remedy, link: isOver ? nil : link).context
    }
}
