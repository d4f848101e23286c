/// A framed word to whoever looks at a page: the template `note`.
struct PageNote: Sendable, Equatable {
    enum Tone: String, Sendable {
        case ok, warn, bad
        case plain = ""
    }

    var tone: Tone
    var title: String
    var text: String
    /// Read out at once.
    var isAlert = false
    var more: [String] = []
    var link: Link?

    struct Link: Sendable, Equatable {
        var href: String
        var label: String
    }

    static func done(_ title: String, _ text: String) -> PageNote { PageNote(tone: .ok, title: title, text: text) }

    init(tone: Tone, title: String, text: String, more: [String] = [], link: Link? = nil) {
        self.tone = tone
        self.title = title
        self.text = text
        self.more = more
        self.link = link
    }

    init(_ problem: Problem) {
        self.init(tone: .bad, title: problem.message, text: problem.remedy)
        more = problem.places.filter { $0.message != problem.message }.map { "\($0.place): \($0.message) \($0.remedy)" }
        isAlert = true
    }

    var context: [String: Any] {
        let icon =
            switch tone {
            case .ok: "done"
            case .warn: "warn"
            case .bad: "bad"
            case .plain: "note"
            }
        return ListingParts.note(
            tone.rawValue, icon, title, text, more: more, link: link.map { ($0.href, $0.label) }, isAlert: isAlert)
    }

    /// The keys of the template `problems`.
    static func problems(_ notes: [PageNote]) -> [String: Any] {
        ["hasProblems": !notes.isEmpty, "problems": notes.map(\.context)]
    }

    /// Where a form is not taken as it is; errors that are not the person's go on as they are.
    static func of(_ error: any Error) throws -> PageNote {
        guard let problem = Problem.of(error), [409, 422].contains(problem.status) else { throw error }
        return PageNote(problem)
    }
}

/// The page `confirm`: says what an act does before it is done.
struct Confirmation {
    var title: String
    var crumbs: [[String: Any]]
    var action: String
    var verb: String
    var backHref: String
    var says: [String] = []
    var keepWords = "Go back"
    var isDanger = false
    var asksReason = true
    var reason = ""
    var hidden: [(name: String, value: String)] = []
    var namesTitle = ""
    var names: [String] = []
    /// How many there are besides those that are named.
    var unnamed = 0
    var warnings: [PageNote] = []
    var error: PageNote?
    /// `OnceKey.make`.
    var key = ""

    /// What its form sends besides what it hides.
    static let takes = [APIField("reason"), APIField("key")]

    var context: [String: Any] {
        [
            "pageTitle": title, "title": title, "crumbs": crumbs, "action": action, "isDownload": false,
            "idempotencyKey": key, "hidden": hidden.map { ["name": $0.name, "value": $0.value] },
            "hasError": error != nil, "error": error?.context ?? [:], "says": says, "hasNames": !names.isEmpty,
            "namesTitle": namesTitle, "names": names, "hasMoreNames": unnamed > 0,
            "moreNames": unnamed > 0 ? "and \(unnamed) more" : "", "hasFacts": false, "facts": [[String: Any]](),
            "hasWarnings": !warnings.isEmpty, "warnings": warnings.map(\.context), "questions": [[String: Any]](),
            "inputs": [[String: Any]](), "asksReason": asksReason, "reason": reason, "isDanger": isDanger, "verb": verb,
            "keepWords": keepWords, "backHref": backHref,
        ]
    }
}

/// What the page `token-created` shows, once.
struct ShownOnce {
    var title: String
    var crumbs: [[String: Any]]
    var warning: String
    var label: String
    var secret: String
    var facts: [(label: String, text: String)]
    var example = ""
    var backHref: String

    var context: [String: Any] {
        [
            "pageTitle": title, "title": title, "crumbs": crumbs, "warning": warning, "label": label, "secret": secret,
            "facts": facts.map { ["label": $0.label, "text": $0.text] }, "hasExample": !example.isEmpty,
            "example": example, "backHref": backHref, "backWords": "I have it",
        ]
    }
}
