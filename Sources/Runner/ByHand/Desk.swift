import Automation
import Foundation
import PluginKit
import Profiles
import Storage

/// What people do by hand: each act is a wish in the ledger, with who and why, that the runner serves.
///
/// Works beside a living runner: a wish is a commit of its own, and the runner is woken by the caller.
public struct Desk: Sendable {
    public let ledger: any Ledger
    let profiles: ProfileSet
    let registry: Registry
    let person: Person
    let now: @Sendable () -> Instant
    let entropy: @Sendable (Int) -> [UInt8]

    public init(
        ledger: any Ledger, profiles: ProfileSet, registry: Registry, person: Person, now: @escaping @Sendable () -> Instant,
        entropy: @escaping @Sendable (Int) -> [UInt8]
    ) {
        self.ledger = ledger
        self.profiles = profiles
        self.registry = registry
        self.person = person
        self.now = now
        self.entropy = entropy
    }

    /// Work that was asked for, and how many attempts at it there were before: a new one is the answer.
    public struct Asked: Sendable, Hashable {
        public var work: WorkKey
        public var attemptsBefore: Int
        /// "profile/target"; nil for a renewal.
        public var target: String?
    }

    // MARK: Renewal

    /// A renewal now, outside any window.
    /// - Parameter force: also while a newer version waits to be published.
    public func renew(_ name: String, force: Bool) async throws -> Asked {
        let overview = try await overview(name)
        var certificate = overview.certificate
        let state = overview.state
        let waits =
            certificate.flow.rules.publicationEnabled && !overview.placements.isEmpty
            && state.current > 0 && state.heldNumber < state.current
        guard force || !waits else {
            throw DeskRefusal(
                "renewal.newer-waits",
                "Version \(state.current) of \(name) is newer than what any target holds, and waits.",
                remedy: "Publish it with `certflow publish \(name)`, or renew all the same with --force.")
        }
        guard !certificate.isRetired else { throw retired(name) }
        certificate.renewalsAsked += 1
        let work = WorkKey(.renewal, certificate.id)
        let due = DueRecord(
            work, at: now(), deadline: .distantPast, group: WorkGroup.issuer(certificate.issuer), isManual: true)
        let asked = Asked(work: work, attemptsBefore: try await ledger.attemptCount(of: work))
        try await commit([.changeCertificate(certificate), .hasten(due)], [event("renewal.asked", certificate.name)])
        return asked
    }

    // MARK: Publication

    public struct PublishOrder: Sendable {
        /// "profile/target" or a profile's name; empty for all.
        public var targets: [String] = []
        /// Not before that moment.
        public var at: Instant?
        public var takesOver = false
        public init() {}
    }

    public func publish(_ name: String, _ order: PublishOrder = PublishOrder()) async throws -> [Asked] {
        let overview = try await overview(name)
        guard overview.state.current > 0 else {
            throw DeskRefusal(
                "certificate.no-version", "\(name) has no version yet.",
                remedy: "Issue one with `certflow renew \(name)`.")
        }
        return try await ask(overview, order.targets, "publication.asked-by-hand") { wish in
            wish.deed = .publish
            wish.notSooner = order.at
            wish.takesOver = order.takesOver
            wish.hold = nil
        }
    }

    /// Back to an older version; holds the target there until the next version, or until it is released.
    public func rollback(
        _ name: String, to number: Int?, targets: [String], untilReleased: Bool
    ) async throws -> [Asked] {
        let overview = try await overview(name)
        let hold = PlacementWish.Hold(
            untilReleased: untilReleased, newest: overview.state.current, by: person.name, reason: person.reason,
            since: now())
        return try await ask(overview, targets, "rollback.asked") { wish in
            wish.deed = .rollback(to: number)
            wish.hold = hold
            wish.notSooner = nil
        }
    }

    public func prove(_ name: String, targets: [String]) async throws -> [Asked] {
        try await ask(try await overview(name), targets, "proof.asked") { $0.deed = .prove }
    }

    /// The answer to "Ask me", for the version that waits.
    public func answer(_ name: String, _ answer: LastResort, targets: [String]) async throws {
        let overview = try await overview(name)
        for placement in try chosen(overview, targets) {
            var wish = try await ledger.wish(of: placement.id)
            wish.answer = answer
            wish.answerFor = overview.state.current
            let due = PublicationPlanning.dueNow(placement, at: now())
            try await commit(
                [.putWish(wish), .hasten(due)], [event("publication.answered", name, placement.name, answer.rawValue)])
        }
    }

    private func ask(
        _ overview: CertificateOverview, _ targets: [String], _ kind: String,
        _ change: (inout PlacementWish) -> Void
    ) async throws -> [Asked] {
        guard !overview.certificate.isRetired else { throw retired(overview.certificate.name) }
        var asked: [Asked] = []
        for placement in try chosen(overview, targets) {
            var wish = try await ledger.wish(of: placement.id)
            wish.asked = max(wish.asked, placement.wishesDone) + 1
            wish.by = person.name
            wish.reason = person.reason
            change(&wish)
            let work = WorkKey(.publication, placement.id)
            asked.append(
                Asked(work: work, attemptsBefore: try await ledger.attemptCount(of: work), target: placement.name))
            let due = PublicationPlanning.dueNow(placement, at: now(), byHand: true)
            try await commit([.putWish(wish), .hasten(due)], [event(kind, overview.certificate.name, placement.name)])
        }
        return asked
    }

    /// The placements that are named, by profile, by "profile/target" or by target; all where none is named.
    private func chosen(_ overview: CertificateOverview, _ names: [String]) throws -> [PlacementRecord] {
        let name = overview.certificate.name
        guard !overview.placements.isEmpty else {
            throw DeskRefusal(
                "certificate.no-target", "\(name) is published nowhere.",
                remedy: "Name a publishing profile in its flow, and apply it.")
        }
        guard !names.isEmpty else { return overview.placements }
        for wanted in names where !overview.placements.contains(where: { $0.answers(to: wanted) }) {
            throw DeskRefusal(
                "target.unknown", "\(name) has no target \"\(wanted)\".",
                remedy: "It has \(overview.placements.map(\.name).joined(separator: ", ")).")
        }
        return overview.placements.filter { placement in names.contains { placement.answers(to: $0) } }
    }

    // MARK: Pause

    /// Starts nothing, finishes what runs, keeps alarms.
    public func pause(_ name: String, until: Instant?) async throws {
        var certificate = try await overview(name).certificate
        certificate.pause = Pause(by: person.name, reason: person.reason, since: now(), until: until)
        try await commit(
            [.changeCertificate(certificate)],
            [event("flow.paused", name, "", until.map { "until \($0.rfc3339)" } ?? "until resumed")])
    }

    /// Ends a pause, and holds that wait to be released.
    public func resume(_ name: String) async throws {
        let overview = try await overview(name)
        var certificate = overview.certificate
        certificate.pause = nil
        var writes: [Change.Write] = [.changeCertificate(certificate)]
        for placement in overview.placements {
            var wish = try await ledger.wish(of: placement.id)
            if wish.hold != nil {
                wish.hold = nil
                writes.append(.putWish(wish))
            }
            writes.append(.hasten(PublicationPlanning.dueNow(placement, at: now())))
        }
        let group = WorkGroup.issuer(certificate.issuer)
        writes.append(.hasten(DueRecord(WorkKey(.renewal, certificate.id), at: now(), group: group)))
        try await commit(writes, [event("flow.resumed", name)])
    }

    // MARK: Shared

    func overview(_ name: String) async throws -> CertificateOverview {
        guard let record = try await ledger.certificate(named: name),
            let overview = try await ledger.overview(record.id)
        else { throw DeskRefusal.unknownCertificate(name) }
        return overview
    }

    func retired(_ name: String) -> DeskRefusal {
        DeskRefusal(
            "certificate.retired", "\(name) was taken out of service.", remedy: "Apply it anew to use it again.")
    }

    func event(_ kind: String, _ certificate: String, _ subject: String = "", _ what: String = "") -> EventDraft {
        EventDraft(
            at: now(), actor: person.name, kind: kind, certificate: certificate, subject: subject,
            reason: person.reason, detail: what.isEmpty ? [:] : ["what": what])
    }

    func commit(_ writes: [Change.Write], _ events: [EventDraft]) async throws {
        switch try await ledger.commit(Change(writes, events: events)) {
        case .applied: return
        case .conflict(let reason): throw DeskRefusal.changedMeanwhile(reason)
        case .fenceLost: throw DeskRefusal.changedMeanwhile("the lease was lost")
        }
    }
}

extension PlacementRecord {
    func answers(to wanted: String) -> Bool { wanted == name || wanted == profile || wanted == target }
}
