import Automation
import Storage

/// Events of the audit trail as sentences. What is not known here is told by its kind and details.
struct EventWords {
    let zone: Zone

    /// "version 3 stored: issued by local-authority, ends Tue 2027-06-08 00:12"
    func text(_ event: EventDraft) -> String {
        let place = event.subject.isEmpty ? "" : " on \(event.subject)"
        let said = sentence(event, place) ?? plain(event)
        return event.reason.isEmpty || said.contains(event.reason) ? said : "\(said) (\(event.reason))"
    }

    private func sentence(_ event: EventDraft, _ place: String) -> String? {
        let detail = event.detail
        func version(_ rest: String) -> String { "version \(detail["version"] ?? "?") \(rest)" }
        switch event.kind {
        case "version.stored":
            return version(
                "stored: issued by \(issuer(detail)), ends \(moment(detail["notAfter"])), \(detail["cause"] ?? "")"
            )
        case "version.imported": return version("imported, ends \(moment(detail["notAfter"]))")
        case "version.revoked":
            return version("was revoked" + (detail["issuer"].map { " by \($0)" } ?? ""))
        case "revocation.asked":
            return "\(detail["issuer"] ?? "?") is asked to revoke version \(detail["version"] ?? "?") "
                + "(\(detail["reason"] ?? ""))"
        case "revocation.failed": return version("not revoked by \(detail["issuer"] ?? "?")") + failed(detail)
        case "renewal.rehearsed":
            return "rehearsal at \(detail["issuer"] ?? "?"): \(detail["outcome"] ?? "")" + failed(detail)
        case "renewal.advised":
            guard let from = detail["from"] else { return "the CA advises nothing on its renewal" }
            let why = detail["explanation"].flatMap { $0.isEmpty ? nil : "; why: \($0)" } ?? ""
            return "the CA advises to renew from \(moment(from)) to \(moment(detail["to"]))\(why)"
        case "account.rolled-over": return "account key at \(event.subject) changed"
        case "account.deactivated": return "account at \(event.subject) deactivated"
        case "intent.opened":
            return "renewal begun at \(issuer(detail)): \(detail["cause"] ?? "")\(moved(detail["move"]))"
        case "intent.abandoned": return "renewal abandoned: \(detail["why"] ?? "")"
        case "intent.pending": return "the issuer asks for patience until \(moment(detail["until"]))"
        case "renewal.failed":
            return "renewal failed" + failed(detail)
        case "renewal.barred": return "renewal not possible: \(event.reason)"
        case "renewal.asked": return "renewal asked for by hand"
        case "renewal.needs-attention": return "renewal needs attention"
        case "publication.begun": return version("goes to \(event.subject): \(detail["cause"] ?? "")")
        case "publication.begun-outside-window":
            return version("goes to \(event.subject) outside the window, as the last resort: \(detail["cause"] ?? "")")
        case "publication.staged": return version("staged\(place)")
        case "publication.switched": return version("switched\(place)")
        case "publication.serving": return version("serving\(place)")
        case "publication.not-checked": return version("published\(place), not checked")
        case "publication.rolling-back": return "publication\(place) is being undone"
        case "publication.restored": return "what was there before is back\(place)"
        case "publication.rolled-back": return version("rolled back\(place)") + failed(detail)
        case "publication.failed": return "publication\(place) failed" + failed(detail)
        case "publication.needs-attention": return "publication\(place) needs attention" + failed(detail)
        case "publication.asked": return "asked whether to publish outside the window\(place)"
        case "publication.question-foreseen": return "foresaw that no open period will be left\(place)"
        case "publication.asked-by-hand": return "publication\(place) asked for by hand"
        case "publication.answered": return "answered\(place): \(detail["what"] ?? "")"
        case "rollback.asked": return "rollback\(place) asked for"
        case "proof.asked": return "proof\(place) asked for"
        default: return care(event, place)
        }
    }

    /// What concerns the home, and what is no stage.
    private func care(_ event: EventDraft, _ place: String) -> String? {
        let detail = event.detail
        func version(_ rest: String) -> String { "version \(detail["version"] ?? "?") \(rest)" }
        switch event.kind {
        case "proof.serving": return version("is in use\(place)")
        case "proof.different": return "\(event.subject) shows something else than version \(detail["version"] ?? "?")"
        case "proof.unreachable": return "\(event.subject) could not be looked at"
        case "certificate.created": return "created"
        case "certificate.changed", "flow.changed": return "changed: \(detail["what"] ?? "")"
        case "flow.paused": return "paused \(detail["what"] ?? "")"
        case "flow.resumed": return "resumed"
        case "hold.released": return "\(event.subject) released: no longer held"
        case "request.declined": return "not done\(place): \(event.reason)"
        case "target.clean-asked": return "cleaning of \(event.subject) asked for"
        case "target.cleaned": return "\(event.subject) cleaned: \(detail["what"] ?? "")"
        case "certificate.retired": return "taken out of service"
        case "certificate.removed": return "removed with its keys and records"
        case "secret.set": return "secret \(event.subject) set (\(detail["what"] ?? ""))"
        case "secret.removed": return "secret \(event.subject) removed"
        case "attempt.interrupted": return "interrupted\(place): the runner ended while it worked"
        case "placement.unmanaged": return "\(event.subject) is no longer managed"
        case "key.dropped": return version("lost its private key, as the settings say")
        case "key.exported":
            return "private key of \(event.subject) exported as \(detail["form"] ?? "?") to \(detail["to"] ?? "?")"
        case "notice.sent": return "alert sent"
        case "notice.failed": return "alert could not be sent"
        case "home.created": return "home made"
        case "home.backed-up": return "home backed up to \(detail["to"] ?? "?")"
        case "home.restored": return "home restored from \(detail["from"] ?? "?"), made \(moment(detail["madeAt"]))"
        case "host-keys.trusted":
            return "host keys trusted for the profile \(detail["profile"] ?? "?"): \(detail["keys"] ?? "?")"
        case "clock.jumped": return "the clock jumped by \(detail["by"] ?? "?")"
        case "profiles.changed": return "profiles changed: \(detail["names"] ?? "?")"
        case "issuer.checked":
            return
                "issuer \(event.subject) checked: \(detail["findings"].flatMap { $0.isEmpty ? nil : $0 } ?? "all well")"
        case "audit.chain-opened": return "a process began to write"
        default: return nil
        }
    }

    /// "certificate.changed: what: labels"
    private func plain(_ event: EventDraft) -> String {
        let details = event.detail.sorted { $0.key < $1.key }.filter { !$0.value.isEmpty }
            .map { "\($0.key): \($0.value)" }.joined(separator: ", ")
        let subject = event.subject.isEmpty ? "" : " \(event.subject)"
        return event.kind.replacing(".", with: " ").replacing("-", with: " ") + subject
            + (details.isEmpty ? "" : " (\(details))")
    }

    private func issuer(_ detail: [String: String]) -> String {
        "\(detail["issuer"] ?? "?")\(detail["fallback"] == "yes" ? ", the fallback issuer" : "")"
    }

    private func moment(_ text: String?) -> String {
        text.flatMap(Instant.init(rfc3339:)).map { LocalTime($0, in: zone).words } ?? text ?? "?"
    }

    /// ", 2 times in a row (acme.rate-limited); next try Tue 2027-03-09 00:12"
    private func failed(_ detail: [String: String]) -> String {
        var text = ""
        if let failures = detail["failures"].flatMap(Int.init), failures > 1 {
            text += ", \(Wording.count(failures, "time")) in a row"
        }
        if let code = detail["code"] { text += " (\(code))" }
        if let next = detail["next"], !next.isEmpty { text += "; next try \(moment(next))" }
        return text
    }

    private func moved(_ move: String?) -> String {
        switch move.flatMap(Move.init) {
        case .earlier: ", moved earlier by the window"
        case .later: ", moved by the window"
        case .outside: ", outside the window as the last resort"
        case .overdue: ", overdue"
        default: ""
        }
    }
}
