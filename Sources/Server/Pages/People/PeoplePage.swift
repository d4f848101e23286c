import Automation
import Storage

/// The page *People*: accounts, and a form for one more.
struct PeoplePage {
    var accounts: [Account]
    var you: String
    var clock: Clock
    var draft = PersonDraft()
    var notes: [PageNote] = []
    var nameError: Problem?

    var context: [String: Any] {
        let context: [String: Any] = [
            "pageTitle": "People", "crumbs": Crumbs.to(("People", "/people")),
            "lede": "Who may sign in, and what they may do. \(Wording.count(accounts.count, "account")).",
            "rows": accounts.map(row), "name": draft.name, "hasNameError": nameError != nil,
            "nameError": nameError.map { "\($0.message) \($0.remedy)" } ?? "", "role": Radios.roles(chosen: draft.role),
        ]
        return context.merging(PageNote.problems(notes)) { $1 }
    }

    private func row(_ account: Account) -> [String: Any] {
        [
            "name": account.name, "href": PagePath.to("people", account.name), "isYou": account.name == you,
            "role": account.role.rawValue, "scope": LabelLines.words(account.scope),
            "state": Self.state(account, clock),
            "lastSignIn": account.signedInAt.map { clock.words($0) } ?? "never",
        ]
    }

    private static func state(_ account: Account, _ clock: Clock) -> [String: Any] {
        func mark(_ tone: String, _ icon: String, _ words: String, _ second: String = "") -> [String: Any] {
            ["tone": tone, "icon": icon, "words": words, "second": second]
        }
        if account.isDisabled { return mark("off", "off", "disabled") }
        if let until = account.invitedUntil {
            let isOver = until <= clock.now
            if isOver, account.password == nil { return mark("bad", "bad", "link is over", "give a new one") }
            if !isOver { return mark("wait", "wait", "link not used", "until \(clock.words(until))") }
        }
        return account.password == nil
            ? mark("bad", "bad", "no password", "give a new link") : mark("ok", "done", "active")
    }
}

/// The page of one person.
struct PersonPage {
    var account: Account
    var draft: PersonDraft
    /// Newest first.
    var events: [Event]
    var clock: Clock
    var notes: [PageNote] = []
    var scopeError: Problem?

    private var href: String { PagePath.to("people", account.name) }

    private var lede: String {
        let since = "\(account.role.rawValue), account made \(clock.words(account.createdAt))"
        return "\(since), \(account.signedInAt.map { "last signed in \(clock.words($0))" } ?? "never signed in")."
    }

    var context: [String: Any] {
        let days = Self.days(events, clock)
        let context: [String: Any] = [
            "pageTitle": account.name, "crumbs": Crumbs.to(("People", "/people"), (account.name, "")),
            "name": account.name,
            "href": href, "lede": lede,
            "acts": [
                ["label": "New link\u{2026}", "href": "\(href)/link"],
                ["label": "End sessions\u{2026}", "href": "\(href)/end-sessions"],
                ["label": "Delete\u{2026}", "href": "\(href)/delete"],
            ],
            "etag": account.etag, "role": Radios.roles(chosen: draft.role), "scope": draft.scope,
            "hasScopeError": scopeError != nil, "scopeError": scopeError.map { "\($0.message) \($0.remedy)" } ?? "",
            "mayExport": draft.exportsKeys, "isDisabled": draft.isDisabled,
            "auditHref": "/audit" + PagePath.query([("who", account.name)]), "hasEvents": !days.isEmpty, "events": days,
        ]
        return context.merging(PageNote.problems(notes)) { $1 }
    }

    /// Under their days.
    private static func days(_ events: [Event], _ clock: Clock) -> [[String: Any]] {
        var days: [(day: String, lines: [[String: Any]])] = []
        for event in events {
            let day = clock.day(event.draft.at)
            let on = event.draft.certificate.isEmpty ? event.draft.subject : event.draft.certificate
            let line: [String: Any] = [
                "time": clock.context(event.draft.at, clock.time(event.draft.at)),
                "what": AuditRow.words(event.draft.kind),
                "on": on,
            ]
            if days.last?.day == day { days[days.count - 1].lines.append(line) } else { days.append((day, [line])) }
        }
        return days.map { ["day": $0.day, "lines": $0.lines] }
    }
}
