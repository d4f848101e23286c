import Automation
import Foundation
import PluginKit
import Profiles
import Storage

extension Desk {
    /// Work that was asked for: the runner counts how far it got.
    public struct Asked: Sendable, Hashable {
        public var certificate: String
        public var work: WorkKey
        /// Served when the runner counted up to this.
        public var number: Int
        /// What was asked of a target; nil for a renewal.
        public var deed: PlacementWish.Deed?
        /// "profile/target"; nil for a renewal.
        public var target: String?
        /// It waits for that time.
        public var at: Instant?

        public init(
            certificate: String, work: WorkKey, number: Int, deed: PlacementWish.Deed? = nil, target: String? = nil,
            at: Instant? = nil
        ) {
            self.certificate = certificate
            self.work = work
            self.number = number
            self.deed = deed
            self.target = target
            self.at = at
        }
    }

    // MARK: Renewal

    /// A renewal now, outside any window.
    /// - Parameter force: also while a newer version waits to be published.
    public func renew(_ name: String, force: Bool) async throws -> Asked {
        try await act {
            let record = try await ledger.knownCertificate(name)
            let (asked, writes, event) = try await renewal(of: record, force: force)
            return Act(result: asked, writes: writes, events: [event])
        }
    }

    /// A renewal of each of them now: all are asked for, or none.
    public func renew(_ selection: Selection, force: Bool) async throws -> [Asked] {
        try await act {
            var act = Act<[Asked]>(result: [])
            for record in try await selected(selection) {
                let (asked, writes, event) = try await renewal(of: record, force: force)
                act.result.append(asked)
                act.writes += writes
                act.events.append(event)
            }
            return act
        }
    }

    private func renewal(
        of record: CertificateRecord, force: Bool
    ) async throws -> (Asked, [Change.Write], EventDraft) {
        let name = record.name
        guard let overview = try await ledger.overview(record.id) else { throw DeskRefusal.unknownCertificate(name) }
        var certificate = overview.certificate
        let state = overview.state
        guard !certificate.isRetired else { throw DeskRefusal.retired(name) }
        let waits =
            certificate.flow.rules.publicationEnabled && !overview.placements.isEmpty
            && state.current > 0 && state.heldNumber < state.current
        guard force || !waits else {
            throw DeskRefusal(
                "renewal.newer-waits",
                "Version \(state.current) of \(name) is newer than what any target holds, and waits.",
                remedy: "Publish it with `certflow publish \(name)`, or renew all the same: --force at the command "
                    + "line.")
        }
        let writes = renewing(&certificate)
        let asked = Asked(
            certificate: name, work: WorkKey(.renewal, certificate.id), number: certificate.renewalsAsked)
        return (asked, writes, event("renewal.asked", name, "", force ? "forced" : ""))
    }

    /// Counts one more renewal as asked for, and makes it due.
    func renewing(_ certificate: inout CertificateRecord) -> [Change.Write] {
        certificate.renewalsAsked += 1
        let due = DueRecord(
            WorkKey(.renewal, certificate.id), at: now(), deadline: .distantPast,
            group: WorkGroup.issuer(certificate.issuer), isManual: true)
        return [.changeCertificate(certificate), .hasten(due)]
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

    /// A publication of the newest version now, or at the time of the order, outside any window.
    public func publish(_ name: String, _ order: PublishOrder = PublishOrder()) async throws -> [Asked] {
        if let at = order.at, at <= now() {
            throw DeskRefusal(
                "publication.time-past", "\(at) is past.",
                remedy: "Name a later time, or none to publish now.")
        }
        return try await ask(name, order.targets, "publication.asked-by-hand") { overview, context in
            guard overview.state.current > 0 else {
                throw DeskRefusal.noVersion(name)
            }
            var wish = context.wish
            wish.deed = .publish
            wish.notSooner = order.at
            wish.takesOver = order.takesOver
            wish.hold = nil
            return wish
        }
    }

    /// Back to an older version; holds the target there until the next version, or until it is released.
    public func rollback(
        _ name: String, to number: Int?, targets: [String], untilReleased: Bool
    ) async throws -> [Asked] {
        try await ask(name, targets, "rollback.asked") { overview, context in
            try refuseRollback(context, to: number)
            var wish = context.wish
            wish.deed = .rollback(to: number)
            wish.hold = PlacementWish.Hold(
                untilReleased: untilReleased, newest: overview.state.current, by: person.name,
                reason: person.reason, since: now())
            wish.notSooner = nil
            return wish
        }
    }

    private func refuseRollback(_ context: PublicationContext, to number: Int?) throws {
        let name = context.certificate.name
        guard let number else {
            if context.rollbackVersion(to: nil, at: now()) != nil { return }
            throw DeskRefusal(RequestRefusal.nothingToRollBackTo(context, nil))
        }
        guard number < context.state.current else {
            throw DeskRefusal(
                "rollback.not-older",
                "Version \(number) of \(name) is not an older one: the newest is "
                    + "\(context.state.current).",
                remedy: "Publish the newest with `certflow publish \(name)`, or name an older one with --to.")
        }
        guard context.rollbackVersion(to: number, at: now()) != nil else {
            let known = context.version(number)
            let reason =
                known.map { $0.revokedAt != nil ? "it is revoked" : "it ended \($0.life.chainNotAfter)" }
                ?? "it is not known here"
            throw DeskRefusal(
                "rollback.nothing-usable", "Version \(number) of \(name) can't come back: \(reason).",
                remedy: "See `certflow history \(name)` for those that there were.")
        }
    }

    /// Looks now whether the targets serve what was published there.
    public func prove(_ name: String, targets: [String]) async throws -> [Asked] {
        let nothing = DeskRefusal(
            "proof.nothing-published", "Nothing of \(name) is published yet.",
            remedy: "Publish it first with `certflow publish \(name)`.")
        return try await ask(name, targets, "proof.asked", orElse: nothing) { _, context in
            guard context.placement.held?.number != nil else {
                guard targets.isEmpty else { throw DeskRefusal(RequestRefusal.nothingToProve(context)) }
                return nil  // one of many; where it is so of all, that is said
            }
            var wish = context.wish
            guard context.isPublishAsked else {
                wish.deed = .prove
                wish.notSooner = nil
                return wish
            }
            if let at = wish.notSooner, at > now() {
                throw DeskRefusal(
                    "publication.waits", "\(wish.by) asked to publish to \(context.placement.name) at \(at).",
                    remedy: "Publish now with `certflow publish \(name)`, which proves as well, or wait for it.")
            }
            return wish  // that publication ends with a proof
        }
    }

    /// Removes what certflow put on targets that it manages no more.
    /// - Parameter target: "profile/target".
    public func clean(_ target: String, of name: String) async throws -> [Asked] {
        try await ask(name, [target], "target.clean-asked", isClean: true) { overview, context in
            let isManaged = PublicationPlanning(profiles: profiles).isManaged(context)
            guard overview.certificate.isRetired || !isManaged else {
                throw DeskRefusal(RequestRefusal.inUse(context))
            }
            var wish = context.wish
            wish.deed = .clean
            wish.hold = nil
            wish.notSooner = nil
            return wish
        }
    }

    /// What became of an answer to "Ask me".
    public struct Answered: Sendable {
        public var placements: [PlacementRecord] = []
        /// A new version is issued first, and it is that one which the answer lets go.
        public var issuesFirst = false
    }

    /// The answer to "Ask me", for the version that waits; where less than half of its life is left, for the next one,
    /// which is issued first.
    public func answer(_ name: String, _ answer: LastResort, targets: [String]) async throws -> Answered {
        try await act {
            let overview = try await overview(name)
            var certificate = overview.certificate
            guard !certificate.isRetired else { throw DeskRefusal.retired(name) }
            var act = Act(result: Answered(placements: try Self.chosen(overview, targets)))
            if answer == .publish, let life = overview.state.life, life.notAfter - now() < life.length / 2 {
                act.result.issuesFirst = true
                act.writes += renewing(&certificate)
                act.events.append(event("renewal.asked", name, "", "less than half of its life is left"))
            }
            let version = overview.state.current + (act.result.issuesFirst ? 1 : 0)
            for placement in act.result.placements {
                var wish = try await ledger.wish(of: placement.id)
                wish.answer = answer
                wish.answerFor = version
                act.writes += [.putWish(wish), .hasten(PublicationPlanning.dueNow(placement, at: now()))]
                act.events.append(
                    event(
                        "publication.answered", name, placement.name, "\(answer.rawValue), for version \(version)"))
            }
            return act
        }
    }

    /// - Parameters:
    ///   - nothing: what is said where nothing is asked of any placement.
    ///   - change: the new wish of one placement; nil where nothing is asked of it.
    private func ask(
        _ name: String, _ targets: [String], _ kind: String, isClean: Bool = false, orElse nothing: DeskRefusal? = nil,
        _ change: (CertificateOverview, PublicationContext) throws -> PlacementWish?
    ) async throws -> [Asked] {
        let batch = try await ledger.newIDs(1).first ?? 0
        return try await act {
            let overview = try await overview(name)
            guard isClean || !overview.certificate.isRetired else { throw DeskRefusal.retired(name) }
            var act = Act<[Asked]>(result: [])
            for placement in try Self.chosen(overview, targets) {
                guard let context = try await ledger.publicationContext(placement.id) else { continue }
                guard isClean || PublicationPlanning(profiles: profiles).isManaged(context) else {
                    if targets.isEmpty { continue }
                    throw DeskRefusal(RequestRefusal.unmanaged(context))
                }
                guard var wish = try change(overview, context) else { continue }
                wish.asked = max(wish.asked, placement.wishesDone) + 1
                wish.by = person.name
                wish.reason = person.reason
                wish.batch = batch
                act.result.append(
                    Asked(
                        certificate: name, work: WorkKey(.publication, placement.id), number: wish.asked,
                        deed: wish.deed, target: placement.name, at: wish.notSooner))
                let due = PublicationPlanning.dueNow(placement, at: wish.notSooner ?? now(), byHand: true)
                act.writes += [.putWish(wish), .hasten(due)]
                act.events.append(event(kind, name, placement.name, Self.words(wish)))
            }
            guard !act.result.isEmpty else { throw nothing ?? DeskRefusal.publishedNowhere(name) }
            return act
        }
    }

    /// The details of a request, for the audit trail.
    private static func words(_ wish: PlacementWish) -> String {
        var parts: [String] = []
        if case .rollback(let number?) = wish.deed { parts.append("to version \(number)") }
        if case .rollback = wish.deed, wish.hold?.untilReleased == true { parts.append("until released") }
        if let at = wish.notSooner { parts.append("at \(at)") }
        if case .publish = wish.deed, wish.takesOver { parts.append("takes over") }
        return parts.joined(separator: ", ")
    }

    /// The placements that are named, by profile, by "profile/target" or by target; all where none is named.
    static func chosen(_ overview: CertificateOverview, _ names: [String]) throws -> [PlacementRecord] {
        let name = overview.certificate.name
        guard !overview.placements.isEmpty else { throw DeskRefusal.publishedNowhere(name) }
        guard !names.isEmpty else { return overview.placements }
        for wanted in names where !overview.placements.contains(where: { $0.answers(to: wanted) }) {
            let known = overview.placements.flatMap { [$0.name, $0.target, $0.profile] }
            let near = NearestKey.of(wanted, among: known).map { "Did you mean \"\($0)\"? " } ?? ""
            throw DeskRefusal(
                "target.unknown", "\(name) has no target \"\(wanted)\".",
                remedy: near + "It has \(overview.placements.map(\.name).joined(separator: ", ")).")
        }
        return overview.placements.filter { placement in names.contains { placement.answers(to: $0) } }
    }
}

extension PlacementRecord {
    func answers(to wanted: String) -> Bool { wanted == name || wanted == profile || wanted == target }
}

extension DeskRefusal {
    /// What the runner would say as well.
    init(_ failure: PluginFailure) { self.init(failure.code, failure.message, remedy: failure.remedy) }

    static func retired(_ name: String) -> Self {
        Self("certificate.retired", "\(name) was taken out of service.", remedy: "Apply it anew to use it again.")
    }

    static func noVersion(_ name: String) -> Self {
        Self(
            "certificate.no-version", "\(name) has no version yet.",
            remedy: "Issue one with `certflow renew \(name)`.")
    }

    static func publishedNowhere(_ name: String) -> Self {
        Self(
            "certificate.no-target", "\(name) is published nowhere.",
            remedy: "Name a publishing profile in its flow, and apply it.")
    }
}
