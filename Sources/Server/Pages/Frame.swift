import Automation
import Foundation

/// What surrounds every page: navigation, the pulse of the scheduler, who is signed in, what everybody has to know.
struct Frame {
    private let house: House
    private let visitor: Principal?

    /// So long after its last pass the scheduler counts as silent: three of its longest rests.
    private static let silence = Span.minutes(3)

    init(_ house: House, _ visitor: Principal?) {
        self.house = house
        self.visitor = visitor
    }

    func context(current: String) async throws -> [String: Any] {
        var frame: [String: Any] = [
            "build": AssetShelf.build, "theme": visitor?.theme?.rawValue ?? "auto",
            "keys": visitor?.usesKeys ?? false ? "on" : "off", "nav": navigation(current, nil),
        ]
        guard let visitor else { return frame }
        let tally = await tally(visitor)
        frame["nav"] = navigation(current, tally)
        frame["who"] =
            [
                "name": visitor.account, "role": visitor.role.rawValue,
                "initials": String(visitor.account.prefix(2)).uppercased(), "hasScope": !visitor.scope.isEmpty,
                "scope": visitor.scope.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(
                    separator: ", "),
            ] as [String: Any]
        let pulse = pulse(tally)
        frame["pulse"] = pulse.shown
        frame["hasNotices"] = pulse.notice != nil
        frame["notices"] = [pulse.notice].compactMap { $0 }
        return frame
    }

    /// Nil where the ledger can't be read: the page itself says so.
    private func tally(_ visitor: Principal) async -> RegisterTally? {
        let now = house.now()
        guard (try? await house.register.freshen(at: now)) != nil else { return nil }
        return house.register.tally(scope: CertificateScope(labels: visitor.scope), at: now)
    }

    private func pulse(_ tally: RegisterTally?) -> (shown: [String: Any], notice: [String: Any]?) {
        let now = house.now()
        let clock = Clock(zone: house.settings.zone, now: now)
        let overdue = tally.map { "\(Quantity.words($0.overdue)) overdue" }
        let zone = "\(house.settings.zone.identifier), \(clock.time(now))"
        guard let last = house.lastPass(), now - last < Self.silence else {
            let since = house.lastPass().map { Wording.words(now - $0) }
            let words = since.map { "No pass for \($0)" } ?? "The scheduler has not begun"
            let shown: [String: Any] = [
                "tone": "bad", "icon": "bad", "words": words, "detail": overdue ?? "nothing renews or publishes",
                "zone": zone,
            ]
            let notice: [String: Any] = [
                "tone": "bad", "icon": "bad", "title": words,
                "text":
                    "Nothing renews or publishes now\(overdue.map { ", \($0)" } ?? ""). `journalctl -u certflow-web` says why; "
                    + "`systemctl restart certflow-web` starts it again, and nothing that was reported done is lost.",
                "isAlert": true,
                "more": [String](), "hasLink": false, "link": [String: Any](),
            ]
            return (shown, notice)
        }
        let ago = now > last ? "last pass \(Wording.words(now - last)) ago" : "last pass just now"
        let detail = [ago, overdue].compactMap { $0 }.joined(separator: ", ")
        return (["tone": "ok", "icon": "done", "words": "Scheduler running", "detail": detail, "zone": zone], nil)
    }

    // MARK: Navigation

    private func navigation(_ current: String, _ tally: RegisterTally?) -> [[String: Any]] {
        func item(_ label: String, _ href: String) -> [String: Any] {
            var item: [String: Any] = [
                "label": label, "href": href, "isCurrent": href == current, "hasCount": false, "count": "",
                "countWords": "", "isBad": false,
            ]
            func count(_ words: String, _ meaning: String, isBad: Bool) {
                item["hasCount"] = true
                item["count"] = words
                item["countWords"] = meaning
                item["isBad"] = isBad
            }
            if href == "/", let tally, tally.attention > 0 {
                count(
                    Quantity.words(tally.attention), tally.attention == 1 ? "needs attention" : "need attention",
                    isBad: true)
            }
            if href == "/runs", let tally, tally.running > 0 {
                count("\(Quantity.words(tally.running)) now", "running", isBad: false)
            }
            return item
        }
        func group(_ id: String, _ label: String, _ items: [[String: Any]]) -> [String: Any] {
            ["isGroup": true, "id": "nav-\(id)", "label": label, "items": items]
        }
        var system = [item("Runs", "/runs")]
        if visitor?.may(.audit) ?? false { system.append(item("Audit", "/audit")) }
        if visitor?.may(.administer) ?? false { system += [item("People", "/people"), item("Secrets", "/secrets")] }
        system.append(item("Settings", "/settings"))
        return [
            ["isGroup": false, "items": [item("Home", "/"), item("Certificates", "/certificates")]],
            group(
                "publishing", "Publishing",
                [
                    item("Publishing profiles", "/profiles"), item("Targets", "/targets"),
                    item("Issuing profiles", "/issuing"),
                ]),
            group("reports", "Reports \u{203a} Certificate", [item("Automated certificates", "/automated")]),
            group("system", "System", system),
        ]
    }
}
