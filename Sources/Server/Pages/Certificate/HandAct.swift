import Automation
import Foundation
import HTTPTypes
import Runner
import Storage

/// One thing that people do to a certificate by hand: what is said before, and what is done then.
struct HandAct: Sendable {
    typealias Confirm = @Sendable (CertificateView, Given) async throws -> ConfirmPage
    typealias Perform = @Sendable (CertificateView, Given, Exchange) async throws -> Reply

    /// The last part of its address.
    let verb: String
    /// In the breadcrumb.
    let label: String
    let right: Right
    let takes: [APIField]
    /// Where who sends the form twice is led; nil for the certificate's page.
    let leadsTo: String?
    /// Looked at before anything else is told or done; a reply ends it.
    let gate: @Sendable (Exchange, CertificateView) async throws -> Reply?
    let confirm: Confirm
    let perform: Perform

    init(
        _ verb: String, _ label: String, right: Right = .operate, takes: [APIField] = [], leadsTo: String? = nil,
        gate: @escaping @Sendable (Exchange, CertificateView) async throws -> Reply? = { _, _ in nil },
        confirm: @escaping Confirm, perform: @escaping Perform
    ) {
        self.verb = verb
        self.label = label
        self.right = right
        self.takes = takes
        self.leadsTo = leadsTo
        self.gate = gate
        self.confirm = confirm
        self.perform = perform
    }

    /// What was chosen, in the address or in the form.
    struct Given: Sendable {
        private let values: [String: [String]]
        /// The form was sent: what is not chosen in it was left out on purpose.
        let isSent: Bool

        init(_ query: Query) {
            values = Dictionary(query.items.map { ($0.name, [$0.value]) }) { $0 + $1 }
            isSent = false
        }

        init(_ fields: Fields) {
            values = fields.values
            isSent = true
        }

        subscript(_ name: String) -> String? { values[name]?.first.map { String($0.prefix(2000)) } }
        func all(_ name: String) -> [String] { values[name] ?? [] }
    }

    var routes: [Route] {
        let path = "/certificates/{name}/\(verb)"
        return [
            .page(.get, path, .right(right)) { exchange in
                let view = try await CertificateView(exchange)
                if let reply = try await gate(exchange, view) { return reply }
                return try await ask(exchange, view, Given(exchange.query), nil)
            },
            .page(.post, path, .right(right), takes: takes + [OnceKey.field, .reason]) { exchange in
                let leadsTo = try leadsTo ?? CertificatePath(exchange.parameter("name")).path
                let view = try await CertificateView(exchange)
                if let reply = try await gate(exchange, view) { return reply }
                let given = Given(exchange.fields)
                do {
                    return try await OnceKey(exchange).once(elseTo: leadsTo) {
                        let reply = try await perform(view, given, exchange)
                        exchange.house.wake()
                        return reply
                    }
                } catch {
                    guard let problem = Problem.of(error), (400..<500).contains(problem.status), problem.status != 401,
                        problem.status != 403
                    else { throw error }
                    return try await ask(exchange, view, given, view.person.told(problem))
                }
            },
        ]
    }

    private func ask(
        _ exchange: Exchange, _ view: CertificateView, _ given: Given, _ problem: Problem?
    ) async throws -> Reply {
        let page = try await confirm(view, given)
        let context = page.context(
            crumbs: view.crumbs(label), key: OnceKey.make(exchange.house), reason: given["reason"] ?? "",
            problem: problem)
        return try await Page(exchange).reply(
            "confirm", context, current: "/certificates", status: .init(code: problem?.status ?? 200))
    }
}

extension Exchange {
    /// Who does it by hand, and why.
    func handDesk() throws -> Desk { house.desk(try principal, reason: try fields.text("reason", atMost: 1000)) }
}

extension CertificateView {
    /// Where it is seen what came of an act.
    var attemptsReply: Reply { .seeOther("\(address.path)#attempts") }

    /// Targets to choose among; those that were chosen before are on, all where nothing was.
    func targetQuestion(
        _ given: HandAct.Given, among targets: [TargetStanding], line: (TargetStanding) -> String
    ) -> ConfirmPage.Question {
        let chosen = Set(given.all("target"))
        return ConfirmPage.Question(
            label: "Targets", name: "target", isRadio: false,
            options: targets.map { target in
                let placement = target.placement
                let isOn =
                    chosen.isEmpty
                    ? !given.isSent : chosen.contains(placement.name) || chosen.contains(placement.target)
                return ConfirmPage.Option(
                    value: placement.name, label: short(placement), line: line(target), isOn: isOn)
            })
    }

    /// - Throws: `Problem` where none was chosen: that would mean all of them to the desk.
    func chosenTargets(_ given: HandAct.Given) throws -> [String] {
        let chosen = given.all("target")
        guard !chosen.isEmpty else { throw Fields.wrong("target", "names none", "Choose at least one target.") }
        return chosen
    }

    /// "holds version 6"
    func holds(_ target: TargetStanding) -> String {
        guard let held = target.placement.held else { return "holds nothing" }
        return held.number.map { "holds version \($0)" } ?? "holds a certificate that is not ours"
    }

    /// A time as the field `datetime-local` gives it, on the clock of a zone.
    /// - Returns: nil where the field is empty.
    func moment(_ given: HandAct.Given, _ name: String, in zone: Zone) throws -> Instant? {
        guard let text = given[name], !text.isEmpty else { return nil }
        let minutes = text.count > 16 ? String(text.prefix(16)) : text
        guard minutes.count == 16, let local = Instant(rfc3339: minutes + ":00Z") else {
            throw Fields.wrong(name, "is no time", "Write it as 2027-03-09T02:00, in \(zone.identifier).")
        }
        // The first instant at which that clock shows it; where it skips that, as long after the change.
        let before = zone.offset(at: local - .days(1))
        let candidates = [before, zone.offset(at: local + .days(1))].map { ($0, local - .seconds($0)) }
        return candidates.first { zone.offset(at: $0.1) == $0.0 }?.1 ?? local - .seconds(before)
    }
}
