import Automation
import Foundation
import Storage

/// Whether what begins begins in its window, or rightly outside: the window as Foundation's calendar sees it.
struct WindowCheck {
    private let scenario: Scenario
    private let hands: Hands
    private let world: World.State
    private let certificate: String
    private let versions: [VersionRecord]

    /// What needs no window, in the words of the events.
    private static let free: Set<String> = [
        "first version", "by hand", "rolled back by hand", "the present version was revoked",
        "its publication comes after its end",
    ]

    init(
        _ scenario: Scenario, _ hands: Hands, _ world: World.State, _ certificate: String, _ versions: [VersionRecord]
    ) {
        self.scenario = scenario
        self.hands = hands
        self.world = world
        self.certificate = certificate
        self.versions = versions
    }

    func violations(in events: [Event]) -> [String] {
        events.compactMap(judge) + unannounced(events)
    }

    private var step: Span { scenario.isShort ? .seconds(30) : .minutes(15) }

    private func judge(_ event: Event) -> String? {
        let draft = event.draft
        guard !Self.free.contains(draft.detail["cause"] ?? ""), let era = hands.era(of: certificate, at: draft.at)
        else {
            return nil
        }
        let plan = ReferencePlan(era.flow.rules, step: step)
        // Somebody changed the flow while it began: the decision was made by the old one.
        if draft.at - era.from < .seconds(30), era.from > scenario.start { return nil }
        switch draft.kind {
        case "intent.opened" where draft.detail["move"] != Move.outside.rawValue:
            return plan.renewalWindow.isOpen(draft.at)
                ? nil : "\(certificate): renewal begun \(draft.at), outside its window"
        case "intent.opened":
            // "certificate/predecessor/generation"
            let predecessor = draft.detail["intent"]?.split(separator: "/").dropFirst().first.flatMap { Int($0) }
            guard let current = versions.first(where: { $0.number == predecessor }) else { return nil }
            return plan.isOpen(\.renewalWindow, from: draft.at, before: plan.deadline(current.life))
                ? "\(certificate): renewed \(draft.at) outside the window, which opens before the deadline" : nil
        case "publication.begun":
            return plan.publicationWindow.isOpen(draft.at)
                ? nil : "\(certificate) on \(draft.subject): published \(draft.at), outside its window"
        case "publication.begun-outside-window": return lastResort(draft, plan)
        default: return nil
        }
    }

    private func lastResort(_ draft: EventDraft, _ plan: ReferencePlan) -> String? {
        // Where a deadline is missed since nothing may move earlier there is no last resort; drift has its own reason.
        let isAllowed = plan.rules.earlier || draft.detail["cause"] == Wording.short(.drifted)
        guard plan.rules.lastResort == .publish, isAllowed else {
            return "\(certificate) on \(draft.subject): published \(draft.at) outside the window, which nobody allowed"
        }
        let shown = world.places.first { $0.key.certificate == certificate && $0.key.name == draft.subject }?.value
        guard let shown, let last = shown.history.lastIndex(where: { $0.at < draft.at }) else { return nil }
        // What somebody else put there since is not known before the next look: then what was there before counts too.
        let isDrift = shown.drifts.contains(shown.history[last].at)
        let known = shown.history[(isDrift ? max(last - 1, 0) : last)...last].map { $0.certificate }
        let isEarly = known.allSatisfy { served in
            served.map { plan.isOpen(\.publicationWindow, from: draft.at, before: plan.deadline($0.life)) } ?? false
        }
        return isEarly
            ? "\(certificate) on \(draft.subject): published \(draft.at) outside the window, which opens before the deadline"
            : nil
    }

    /// Nothing is written to a target without a record that it was begun.
    private func unannounced(_ events: [Event]) -> [String] {
        var told: [String: [EventDraft]] = [:]
        for event in events where event.draft.kind.hasPrefix("publication.") {
            told[event.draft.subject, default: []].append(event.draft)
        }
        return world.writes.filter { $0.place.certificate == certificate }.compactMap { place, at in
            unannounced(place, at, told[place.name] ?? [])
        }
    }

    /// - Parameter told: what was said of this place, as it was said.
    private func unannounced(_ place: World.Place, _ at: Instant, _ told: [EventDraft]) -> String? {
        guard let index = told.lastIndex(where: { $0.at <= at && $0.kind.hasPrefix("publication.begun") }) else {
            return "\(certificate) on \(place.name): written \(at) without a beginning"
        }
        let begun = told[index].at
        if at - begun <= .minutes(30) { return nil }
        let isResumed = scenario.crashes.contains { $0.end >= begun - .minutes(10) && $0.start <= at }
        let isRestored = told[index...].contains { $0.at <= at && $0.kind == "publication.rolling-back" }
        let jump = scenario.clockJumps.contains { $0.at - .hours(1) <= at && at <= $0.at + .hours(1) }
        return isResumed || isRestored || jump
            ? nil : "\(certificate) on \(place.name): written \(at), begun \(begun)"
    }
}
