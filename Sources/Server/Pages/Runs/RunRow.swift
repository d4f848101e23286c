import Automation
import Storage

/// One attempt, or one piece of work that runs now, as the page *Runs* shows it: the template `attempts`.
struct RunRow {
    var id: String
    var at: Instant
    var mark: (tone: String, icon: String, words: String)
    /// The certificate; nil where it is gone.
    var name: String?
    var target: String?
    var what: String
    var took: String
    var log: [(tone: String, text: String)]

    init(_ attempt: AttemptRecord, name: String?) {
        // No number of its own stands in the ledger: work, beginning and end name it.
        id = "\(attempt.work.kind.rawValue)-\(attempt.work.id)-\(attempt.startedAt.seconds)-\(attempt.endedAt.seconds)"
        at = attempt.endedAt
        let isRenewal = attempt.work.kind == .renewal
        mark =
            switch attempt.outcome {
            case .succeeded: ("ok", "done", attempt.deed)
            case .failed: ("bad", "bad", isRenewal ? "renewal failed" : "\(attempt.step ?? "publish") failed")
            case .interrupted: ("warn", "warn", "interrupted")
            }
        self.name = name
        target = attempt.target
        let version = attempt.version.map { "version \($0)" }
        what = attempt.message ?? [version, attempt.notes.last].compactMap { $0 }.joined(separator: ", ")
        let length = attempt.endedAt - attempt.startedAt
        took = length > .zero ? Wording.words(length) : "under 1 second"
        log = attempt.notes.map { ("", $0) }
        if let message = attempt.message { log.append(("e", message)) }
        for line in (attempt.output ?? "").split(whereSeparator: \.isNewline).prefix(200) {
            log.append(("", String(line)))
        }
        if let remedy = attempt.remedy { log.append(("g", remedy)) }
    }

    init(_ claim: Claim, name: String?, target: String?, now: Instant) {
        id = "now-\(claim.work.kind.rawValue)-\(claim.work.id)"
        at = claim.dueAt
        let words =
            switch claim.work.kind {
            case .renewal: "renewing"
            case .publication: "publishing"
            case .notice: "alerting"
            case .upkeep: "keeping house"
            }
        mark = ("work", "work", words)
        self.name = name
        self.target = target
        what = claim.isManual ? "asked for by a person" : "due \(claim.dueAt == now ? "now" : "by the schedule")"
        if claim.starts > 1 { what += ", start \(claim.starts)" }
        took = ""
        log = []
    }

    func context(_ clock: Clock, opens: Bool = false) -> [String: Any] {
        let place = [name ?? (target == nil ? nil : "a certificate that is gone"), target].compactMap { $0 }
        return [
            "id": id, "time": clock.context(at), "mark": ["tone": mark.tone, "icon": mark.icon, "words": mark.words],
            "hasHref": name != nil, "href": name.map { PagePath.to("certificates", $0) } ?? "", "name": name ?? "",
            "where": place.joined(separator: ", "), "what": what, "took": took,
            "label": ([mark.words] + place + [clock.time(at)]).joined(separator: ", "), "isOpen": opens,
            "hasLog": !log.isEmpty,
            "log": log.map { ["at": clock.time(at), "tone": $0.tone, "text": $0.text] },
        ]
    }
}
