import Automation
import Runner
import Storage

/// What a person should do about a certificate, and until when; and the question that a flow asks.
struct CertificateRemedies {
    private let view: CertificateView

    init(_ view: CertificateView) { self.view = view }

    var context: [String: Any] {
        let items = toDo
        let question = self.question
        return [
            "hasToDo": !items.isEmpty, "toDoTitle": title, "toDo": items, "hasQuestion": question != nil,
            "question": question ?? [:],
        ]
    }

    private var title: String {
        let ends = [view.standing.firstEndServed, view.state.life?.chainNotAfter].compactMap { $0 }
        guard let end = ends.min() else { return "What to do" }
        return end > view.now ? "What to do before \(view.clock.words(end))" : "What to do now"
    }

    private var toDo: [String] {
        guard !view.record.isRetired else { return [] }
        var items: [String] = []
        if let trouble = view.state.trouble { items.append(said("Renewal", trouble)) }
        for target in view.standing.targets {
            let name = view.short(target.placement)
            if let trouble = target.placement.trouble {
                items.append(said(name, trouble))
            } else if target.serving == "different" {
                items.append(
                    "\(name): find out who changed what it shows, then publish again or prove again; "
                        + "a target that shows something else is published again inside the window.")
            } else if let held = target.placement.held, held.life.chainNotAfter <= view.now {
                items.append(
                    target.isManaged
                        ? "\(name): publish the newest version; what it holds has expired."
                        : "\(name): remove what is there, or name it in the flow again; what it holds has expired.")
            }
        }
        if items.isEmpty, let life = view.state.life, life.chainNotAfter <= view.now {
            items.append("Renew it, or take it out of service where it is not used any more.")
        } else if items.isEmpty, view.state.revokedAt != nil, view.standing.run == nil {
            items.append("Renew it: version \(view.state.current) was revoked, and nothing replaces it by itself.")
        }
        return items
    }

    private func said(_ place: String, _ trouble: Trouble) -> String {
        let message = view.shown(trouble.message, code: trouble.code)
        return "\(place): \(CertificateTargets.cut(message, 400)) \(CertificateTargets.cut(trouble.remedy, 400))"
    }

    /// Nil where the flow asks nothing, or was answered.
    private var question: [String: Any]? {
        guard view.rules.lastResort == .ask, view.pause == nil, !view.record.isRetired, view.rules.publicationEnabled
        else { return nil }
        let asking = view.standing.managed.filter {
            $0.run?.move == .asks && $0.placement.trouble?.needsAttention != true
        }
        guard let first = asking.first, let run = first.run else { return nil }
        let clock = view.publicationClock
        let held =
            first.placement.held.map { "The version it holds expires \(clock.words($0.life.chainNotAfter)); " } ?? ""
        let answer = view.mayAct
        return [
            "title": "No chosen period is left for \(CertificateView.list(asking.map { view.short($0.placement) }))",
            "text": "\(held)the next open period is \(clock.words(run.at)). Unanswered, it waits."
                + (answer ? "" : " An operator can answer."),
            "publishHref": view.address.act("publish") + "?answer=publish", "waitHref": view.address.act("wait"),
        ]
    }
}
