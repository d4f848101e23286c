import Automation
import Runner
import Storage

extension HandAct {
    static let delete = HandAct(
        "delete", "Delete", takes: [APIField("how", .choice(["retire", "remove"]))], leadsTo: "/certificates",
        confirm: { view, given in
            var page = ConfirmPage(
                title: "Delete \(view.name)?", verb: "Delete", keepWords: "Keep it", action: view.address.act("delete"),
                backHref: view.address.path)
            page.isDanger = true
            let held = view.standing.targets.filter { $0.placement.held?.number != nil }
            let unexpired = held.filter { $0.placement.held.map { $0.life.notAfter > view.now } ?? false }
            page.says = [
                "Nothing is deleted on targets; the page Targets cleans them afterwards. The audit trail stays for ever."
            ]
            page.facts = [
                ("Versions", "\(view.state.current), with their private keys"),
                (
                    "Held by",
                    held.isEmpty ? "no target" : CertificateView.list(held.map { view.short($0.placement) }, atMost: 10)
                ),
            ]
            var options: [ConfirmPage.Option] = []
            let mayRemove = unexpired.isEmpty
            let how = given["how"] ?? (mayRemove ? "remove" : "retire")
            if !view.record.isRetired {
                options.append(
                    .init(
                        value: "retire", label: "Take it out of service",
                        line: "records and keys stay; nothing of it is renewed or published any more",
                        isOn: how == "retire"))
            }
            options.append(
                .init(
                    value: "remove", label: "Remove it with its keys and records",
                    line: mayRemove
                        ? "this can't be taken back"
                        : "refused while a target holds an unexpired version: "
                            + CertificateView.list(unexpired.map { view.short($0.placement) }),
                    tone: "bad", isOn: how == "remove" || view.record.isRetired))
            page.questions = [.init(label: "How", name: "how", isRadio: true, options: options)]
            return page
        },
        perform: { view, given, exchange in
            guard let how = given["how"], ["retire", "remove"].contains(how) else {
                throw Fields.wrong("how", "is neither retire nor remove", "Choose one of them.")
            }
            _ = try await exchange.handDesk().remove(view.name, retire: how == "retire")
            return .seeOther(how == "retire" ? view.address.path : "/certificates")
        })
}
