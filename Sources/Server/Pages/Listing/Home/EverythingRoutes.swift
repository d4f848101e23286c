import Automation
import Foundation
import Runner
import Storage

/// All flows that a person sees, paused or resumed from Home.
enum EverythingRoutes {
    static let routes: [Route] = Act.allCases.flatMap { act -> [Route] in
        [
            .page(.get, act.path, .right(.operate)) { exchange in try await ask(exchange, act, nil) },
            .page(
                .post, act.path, .right(.operate),
                takes: (act == .pause ? [APIField("until")] : []) + [OnceKey.field, .reason]
            ) { exchange in
                do {
                    return try await OnceKey(exchange).once(elseTo: "/") {
                        try await perform(exchange, act)
                        exchange.house.wake()
                        return .seeOther("/")
                    }
                } catch {
                    guard let problem = Problem.of(error), [409, 422].contains(problem.status) else { throw error }
                    return try await ask(exchange, act, problem)
                }
            },
        ]
    }

    enum Act: String, CaseIterable, Sendable {
        case pause, resume
        var path: String { "/\(rawValue)" }
    }

    private static func perform(_ exchange: Exchange, _ act: Act) async throws {
        let (desk, person) = (try exchange.handDesk(), try exchange.principal)
        switch act {
        case .pause:
            let until = try FormTime.read(
                try exchange.fields.text("until", atMost: 40), "until", zone: exchange.house.settings.zone)
            _ = try await desk.pauseAll(until: until) { person.sees($0) }
        case .resume: _ = try await desk.resumeAll { person.sees($0) }
        }
    }

    private static func ask(_ exchange: Exchange, _ act: Act, _ problem: Problem?) async throws -> Reply {
        let (house, person, now) = (exchange.house, try exchange.principal, exchange.house.now())
        try await house.register.freshen(at: now)
        let figures = house.register.pauses(scope: CertificateScope(labels: person.scope), at: now)
        let page = page(act, figures, isScoped: !person.scope.isEmpty, clock: exchange.clock, exchange)
        let context = page.context(
            crumbs: Crumbs.to(("Home", "/"), (page.verb, "")), key: OnceKey.make(house),
            reason: exchange.fields["reason"] ?? "", problem: problem)
        return try await Page(exchange).reply(
            "confirm", context, current: "/", status: .init(code: problem?.status ?? 200))
    }

    static func page(
        _ act: Act, _ figures: PauseFigures, isScoped: Bool, clock: Clock, _ exchange: Exchange
    ) -> ConfirmPage {
        let whose = isScoped ? "certificates that you see" : "certificates"
        var page: ConfirmPage
        switch act {
        case .pause:
            page = ConfirmPage(
                title: "Pause everything?", verb: "Pause everything", keepWords: "Let it run", action: act.path,
                backHref: "/")
            page.isDanger = true
            page.says = [
                "Nothing of \(Quantity.words(figures.running, "certificate")) is renewed or published by itself until "
                    + "resumed. What runs is finished, targets are watched, alarms stay, and what is asked for by hand "
                    + "is done."
            ]
            if let end = figures.firstEnd {
                page.warnings = [
                    CertificateMark.note(
                        .retrying,
                        "The first that expires is \(figures.firstName), \(clock.words(end)), "
                            + "\(clock.relative(end)).", "A pause that lasts until then ends in an outage.")
                ]
            }
            page.inputs = [
                .init(
                    name: "until", type: "datetime-local", label: "Until",
                    hint: "empty: until resumed; a time in \(clock.zone.identifier)",
                    value: String((exchange.fields["until"] ?? "").prefix(40)))
            ]
        case .resume:
            page = ConfirmPage(
                title: "Resume everything?", verb: "Resume everything", keepWords: "Leave it paused",
                action: act.path, backHref: "/")
            page.says = [
                figures.paused == 0
                    ? "Nothing is paused."
                    : "The pauses of \(Quantity.words(figures.paused, "certificate")) end, those too that were paused "
                        + "one by one. What is overdue by then runs at once, as far as its window allows.",
                "Targets that are held by hand stay held.",
            ]
        }
        page.facts = [
            ("All \(whose)", Quantity.words(figures.all)), ("Paused now", Quantity.words(figures.paused)),
        ]
        return page
    }
}
