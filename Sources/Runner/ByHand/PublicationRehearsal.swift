import Automation
import PluginKit
import Profiles
import Storage

/// What a publication by hand would do at each target of a certificate, found out by looking. Changes nothing: not at the
/// targets, not in the ledger. Needs no runner and disturbs none.
public struct PublicationRehearsal: Sendable {
    /// So many targets are looked at at a time.
    private static let atOnce = 8

    private let outside: RunnerDependencies

    public init(_ dependencies: RunnerDependencies) { outside = dependencies }

    /// - Parameter order: which targets, and whether places are taken over; its time does not count.
    /// - Returns: one for each target, in their order.
    /// - Throws: `DeskRefusal` where nothing could be asked for, `StorageError`.
    public func report(_ name: String, _ order: Desk.PublishOrder) async throws -> [PublicationOutlook] {
        let record = try await outside.ledger.knownCertificate(name)
        guard let overview = try await outside.ledger.overview(record.id) else {
            throw DeskRefusal.unknownCertificate(name)
        }
        guard !overview.certificate.isRetired else { throw DeskRefusal.retired(name) }
        guard overview.state.current > 0 else { throw DeskRefusal.noVersion(name) }
        let chosen = try Desk.chosen(overview, order.targets)
        return try await withThrowingTaskGroup(of: (Int, PublicationOutlook?).self) { group in
            var next = chosen.indices.makeIterator()
            func begin() {
                guard let index = next.next() else { return }
                group.addTask { (index, try await outlook(chosen[index], among: chosen, order)) }
            }
            for _ in 0..<Self.atOnce { begin() }
            var found: [Int: PublicationOutlook] = [:]
            while let (index, outlook) = try await group.next() {
                found[index] = outlook
                begin()
            }
            return chosen.indices.compactMap { found[$0] }
        }
    }

    private func outlook(
        _ placement: PlacementRecord, among chosen: [PlacementRecord], _ order: Desk.PublishOrder
    ) async throws -> PublicationOutlook? {
        guard let context = try await outside.ledger.publicationContext(placement.id) else { return nil }
        var outlook = PublicationOutlook(context)
        let planning = PublicationPlanning(outside)
        guard planning.isManaged(context) else {
            outlook.refusals.append(RequestRefusal.unmanaged(context))
            return outlook
        }
        var asked = context.asked(takingOver: order.takesOver)
        let now = outside.clock.now()
        guard case .version(let number) = planning.wanted(asked, now: now), let version = context.version(number) else {
            outlook.refusals.append(RequestRefusal.nothingWanted(asked, planning.wanted(asked, now: now)))
            return outlook
        }
        outlook.version = version
        let prepared: PreparedDelivery
        do {
            prepared = try await DeliveryMaker(outside).prepare(context, version: number)
        } catch let failure as PluginFailure {
            outlook.schedule = schedule(context, version, nil)
            outlook.refusals.append(failure)
            return outlook
        }
        outlook.schedule = schedule(context, version, prepared)
        outlook.goesAfter = goesAfter(placement, among: chosen, prepared.profile)
        if !order.takesOver { outlook.refusals += try await owners(of: prepared, context) }
        try await look(&outlook, &asked, prepared)
        return outlook
    }

    // MARK: Looking

    private func look(
        _ outlook: inout PublicationOutlook, _ asked: inout PublicationContext, _ prepared: PreparedDelivery
    ) async throws {
        var plugin = PluginContext(outside, scope: "publishing/\(prepared.profile.name)")
        plugin.state = UnwrittenState(over: plugin.state)
        do {
            let publisher = try await prepared.backend.make(Options(), plugin)
            outlook.rendering = try await Rehearsal(outside).rendering(asked, prepared, publisher)
            if let finding = try await TargetProof(outside).look(prepared) {
                outlook.served = finding.record
                let shown = finding.isGood ? outside.tools.describe(prepared.chain) : finding.shown
                outlook.shown = try await held(shown, asked)
            }
            let presence = try await inspect(publisher, prepared)
            outlook.presence = presence
            if case .certificates(let chain) = presence {
                outlook.found = try await held(outside.tools.describe(chain), asked)
            }
            judge(&outlook, &asked, prepared.version)
            let findings = try await check(publisher, prepared)
            outlook.findings += findings.filter { $0.weight != .problem }
            let problems = findings.filter { $0.weight == .problem }.map {
                PluginFailure(.configuration, code: "target.unusable", message: $0.message, remedy: $0.remedy ?? "")
            }
            // Nothing was read there, so the problem is perhaps that it can't be reached.
            if presence == .unknowable, let first = problems.first { throw first }
            outlook.refusals += problems
            guard problems.isEmpty else { return }
            outlook.files = try await compare(publisher, prepared)
        } catch let failure as PluginFailure
            where outlook.presence != nil && (failure.kind == .policy || failure.kind == .conflict)
        {
            outlook.refusals.append(failure)
        } catch let storage as StorageError {
            throw storage
        } catch {
            outlook.failure = try StageFailure(classifying: error, step: "look", journalled: false).failure
        }
    }

    /// Whether something foreign is in the way: as the runner decides it, and where that differs from what was found.
    private func judge(
        _ outlook: inout PublicationOutlook, _ asked: inout PublicationContext, _ version: VersionRecord
    ) {
        let isUnknown = asked.isUnknown
        if isUnknown { asked.placement.held = outlook.found }
        if let failure = RequestRefusal.foreign(asked, version) {
            outlook.refusals.append(failure)
        } else if let found = outlook.found, found.number == nil, !isUnknown, asked.placement.held?.number != nil {
            outlook.findings.append(
                .init(
                    .warning,
                    "\(asked.placement.name) holds a certificate that is none of \(asked.certificate.name), though "
                        + "ours was published there: a publication replaces it.",
                    remedy: "Find out who put it there; `certflow prove \(asked.certificate.name)` has the runner look."
                ))
        }
    }

    private func held(
        _ found: FoundCertificate?, _ context: PublicationContext
    ) async throws -> PlacementRecord.Held? {
        guard let found else { return nil }
        return try await context.held(found, outside.ledger, since: outside.clock.now())
    }

    private func inspect(_ publisher: any Publisher, _ prepared: PreparedDelivery) async throws -> Presence {
        guard prepared.backend.manifest.capabilities.contains(.inspect) else { return .unknowable }
        let delivery = outside.timed(prepared.bare)
        return try await outside.clock.bounded("Looking at the target", outside.settings.callLimit) {
            try await publisher.inspect(delivery)
        }
    }

    private func check(
        _ publisher: any Publisher, _ prepared: PreparedDelivery
    ) async throws -> [CheckReport.Finding] {
        let delivery = outside.timed(prepared.bare)
        return try await outside.clock.bounded("The check", outside.settings.callLimit) {
            try await publisher.check(delivery).findings
        }
    }

    private func compare(_ publisher: any Publisher, _ prepared: PreparedDelivery) async throws -> [ComparedFile] {
        let delivery = outside.timed(prepared.delivery)
        return try await outside.clock.bounded("Comparing the files", outside.settings.callLimit) {
            try await publisher.compare(delivery)
        }
    }

    // MARK: What is known here

    /// When it would happen by itself.
    private func schedule(
        _ context: PublicationContext, _ version: VersionRecord, _ prepared: PreparedDelivery?
    ) -> PublicationOutlook.Schedule {
        let planning = PublicationPlanning(outside)
        let now = outside.clock.now()
        switch planning.wanted(context, now: now) {
        case .nothing(let reason): return .resting(reason)
        case .version: break
        }
        if let pause = context.certificate.pause, pause.holds(at: now) { return .paused(pause) }
        if let trouble = context.trouble(about: version.number), trouble.needsAttention { return .stuck(trouble) }
        let held = context.placement.held
        let isSame = prepared.map { held?.delivery == $0.delivery.id } ?? true
        if held?.number == version.number, isSame, !context.hasDrifted(from: version.number) { return .nothingToDo }
        let run = planning.plannedRun(context, version, atOnce: context.causeAtOnce(version), now: now)
        return run.map { .planned($0) } ?? .never
    }

    /// The targets that this one waits for, as the rollout of its profile has it.
    private func goesAfter(
        _ placement: PlacementRecord, among chosen: [PlacementRecord], _ profile: PublishingProfile
    ) -> [String] {
        let names = profile.targets.map(\.name)
        let asked = Set(chosen.filter { $0.profile == placement.profile }.map(\.target))
        guard let index = names.firstIndex(of: placement.target) else { return [] }
        return names.indices.filter { other in
            var standings = names.map { _ in Rollout.Standing.done }
            standings[other] = .outstanding
            return asked.contains(names[other])
                && profile.rollout.admission(of: index, among: standings) == .waits
        }.map { "\(placement.profile)/\(names[$0])" }
    }

    private func owners(of prepared: PreparedDelivery, _ context: PublicationContext) async throws -> [PluginFailure] {
        var refusals: [PluginFailure] = []
        for place in prepared.places {
            guard let owner = try await outside.ledger.owner(ofPlace: place), owner.id != context.placement.id else {
                continue
            }
            let name = try await outside.ledger.certificate(owner.certificate)?.name ?? "a certificate that is gone"
            refusals.append(RequestRefusal.placeOwned("\(place) belongs to \(name) on \(owner.name).", context))
        }
        return refusals
    }
}
