import Automation
import PluginKit
import Profiles
import Runner
import Storage

/// The table of a certificate's targets: what each holds, whether it serves that, and how that is known.
struct CertificateTargets {
    private let view: CertificateView
    /// For the addresses that proofs go to; nil where there is no version yet.
    private let current: VersionRecord?

    init(_ view: CertificateView, current: VersionRecord?) {
        self.view = view
        self.current = current
    }

    private var clock: Clock { view.publicationClock }

    /// "1 serving, 1 not serving, 1 failed, 1 held"; empty where there are none.
    var summary: String {
        var counts: [(String, Int)] = []
        func count(_ words: String, _ isMeant: (TargetStanding) -> Bool) {
            let number = view.standing.targets.filter(isMeant).count
            if number > 0 { counts.append((words, number)) }
        }
        count("serving") { word($0) == "serving" }
        count("not serving") { word($0) == "not serving" }
        count("not reached") { word($0) == "not reached" }
        count("failed") { word($0) == "failed" }
        count("held") { word($0) == "held" }
        count("waiting") { word($0) == "waiting" }
        count("not proved") { word($0) == "not proved" }
        count("no longer managed") { word($0) == "no longer managed" }
        return counts.map { "\($0.1) \($0.0)" }.joined(separator: ", ")
    }

    /// The one word on a target, so that the counts add up.
    private func word(_ target: TargetStanding) -> String {
        if !target.isManaged { return "no longer managed" }
        if target.placement.trouble != nil { return "failed" }
        if target.serving == "different" { return "not serving" }
        if target.hold != nil { return "held" }
        if !target.holdsCurrent { return "waiting" }
        switch target.serving {
        case "serving": return "serving"
        case "unreachable": return "not reached"
        default: return "not proved"
        }
    }

    var rows: [[String: Any]] {
        view.standing.targets.map { target in
            let placement = target.placement
            return [
                "name": view.short(placement), "address": address(target), "published": published(target),
                "serving": serving(target), "proof": proof(target),
                "fingerprint": placement.held.map { Self.grouped($0.fingerprint, 12) } ?? "",
                "isOther": target.serving == "different" || placement.held.map { $0.number == nil } ?? false,
                "acts": acts(target),
            ]
        }
    }

    /// "9f3a 71c2 e0b8"
    static func grouped(_ fingerprint: Fingerprint, _ digits: Int) -> String {
        let text = Array(fingerprint.description.prefix(digits))
        return stride(from: 0, to: text.count, by: 4).map { start in
            String(text[start..<min(start + 4, text.count)])
        }.joined(separator: " ")
    }

    /// Where its proof looks; else the profile that names it.
    private func address(_ target: TargetStanding) -> String {
        let placement = target.placement
        let profile = view.house.profiles.publishing[placement.profile]
        guard let current, let profile, case .tls(let connect, _, _, _)? = profile.proof,
            let named = profile.targets.first(where: { $0.name == placement.target }),
            let text = try? connect.render(
                TemplateCatalog.variables(version: current.facts(certificate: view.name), target: named))
        else { return "profile \(placement.profile)" }
        return text.masked
    }

    private func acts(_ target: TargetStanding) -> [[String: Any]] {
        guard view.mayAct, target.isManaged, view.state.current > 0 else { return [] }
        let name = target.placement.name
        let needsIt = !target.holdsCurrent || target.placement.trouble != nil
        let (label, verb) = needsIt ? ("Publish…", "publish") : ("Prove…", "prove")
        return [["label": label, "href": view.address.act(verb, target: name)]]
    }

    // MARK: Published

    private func published(_ target: TargetStanding) -> [String: Any] {
        let placement = target.placement
        let holds = placement.held.map { $0.number.map { "holds version \($0)" } ?? "holds one that is not ours" }
        guard target.isManaged else { return CertificateMark.context(.off, "no longer managed", holds ?? "") }
        if view.running.contains(WorkKey(.publication, placement.id)) {
            return CertificateMark.context(.running, target.holdsCurrent ? "proving" : "publishing", holds ?? "")
        }
        if let trouble = placement.trouble, trouble.code == TargetStanding.holdsRevoked {
            return CertificateMark.context(.needsPerson, "revoked", holds ?? "")
        }
        if let trouble = placement.trouble {
            let tries = trouble.failures == 1 ? "1 try" : "\(trouble.failures) tries"
            guard !trouble.needsAttention else {
                return CertificateMark.context(.needsPerson, "failed", "\(tries), none follows")
            }
            let next = trouble.retryAt.map { "retry \($0 <= view.now ? "now" : clock.words($0))" } ?? "failed"
            return CertificateMark.context(.retrying, next, "\(tries) failed")
        }
        if let hold = target.hold {
            let end = hold.untilReleased ? "until released" : "until the next version"
            return CertificateMark.context(.rolledBack, "rolled back", "held \(end)")
        }
        if target.holdsCurrent, let held = placement.held {
            return CertificateMark.context(
                .done, "version \(held.number ?? view.state.current)", clock.words(held.since))
        }
        if view.pause != nil { return CertificateMark.context(.held, "paused", holds ?? "holds nothing") }
        guard let run = target.run else {
            return CertificateMark.context(
                .off, view.rules.publicationEnabled ? "not planned" : "off", holds ?? "holds nothing")
        }
        return CertificateMark.context(
            .waiting, run.at <= view.now ? "due now" : "due \(clock.words(run.at))", holds ?? "holds nothing")
    }

    // MARK: Serving

    private func serving(_ target: TargetStanding) -> [String: Any] {
        guard let held = target.placement.held else { return CertificateMark.context(.off, "nothing", "") }
        let version = held.number.map { "version \($0)" } ?? "not ours"
        let end = held.life.chainNotAfter
        if end <= view.now { return CertificateMark.context(.needsPerson, version, "expired \(clock.words(end))") }
        let seen = target.proof?.lines.first ?? ""
        switch target.serving {
        case "serving" where target.holdsCurrent: return CertificateMark.context(.done, version, "as published")
        case "serving": return CertificateMark.context(.retrying, version, "until \(clock.words(end))")
        case "different": return CertificateMark.context(.needsPerson, "something else", Self.cut(seen))
        case "unreachable": return CertificateMark.context(.retrying, "not reached", Self.cut(seen))
        default:
            return target.isChecked
                ? CertificateMark.context(.notProved, "not proved", "\(version), nobody looked since")
                : CertificateMark.context(.notProved, "not checked", "\(version), the profile has no proof")
        }
    }

    private func proof(_ target: TargetStanding) -> String {
        guard let proof = target.proof else { return target.isChecked ? "not looked at yet" : "no proof" }
        let how: String =
            switch view.house.profiles.publishing[target.placement.profile]?.proof {
            case .readBack: "read back"
            case .tls: "TLS handshake"
            case nil: "looked at"
            }
        return "\(how) \(clock.relative(proof.at))"
    }

    /// Texts from outside: the rest stands in the attempt's log.
    static func cut(_ text: String, _ length: Int = 200) -> String {
        text.count > length ? "\(text.prefix(length))…" : text
    }
}
