import Automation
import Foundation
import PluginKit
import Profiles
import Storage

/// Puts together what is known of one target: what it should hold, and when it will.
public struct PublicationPlanning: Sendable {
    private let profiles: ProfileSet

    public init(profiles: ProfileSet) { self.profiles = profiles }

    init(_ outside: RunnerDependencies) { self.init(profiles: outside.profiles.current) }

    /// Whether flow and profile still name the target. A profile that can't be read keeps what it had.
    public func isManaged(_ context: PublicationContext) -> Bool {
        isManaged(context.placement, of: context.certificate)
    }

    func isManaged(_ placement: PlacementRecord, of certificate: CertificateRecord) -> Bool {
        guard certificate.flow.profiles.contains(placement.profile) else { return false }
        guard let profile = profiles.publishing[placement.profile] else { return true }
        return profile.targets.contains { $0.name == placement.target }
    }

    /// What the target should hold now.
    public func wanted(_ context: PublicationContext, now: Instant) -> Wanted {
        let publishes = context.certificate.flow.rules.publicationEnabled || context.isPublishAsked
        return Wanted.decide(
            versions: context.versions.map {
                Wanted.Candidate(
                    number: $0.number, notBefore: $0.life.notBefore, isRevoked: $0.revokedAt != nil)
            },
            held: context.placement.held?.number, publicationEnabled: publishes,
            isHeldByHand: context.isHeldByHand && !context.isPublishAsked, isManaged: isManaged(context),
            isRetired: context.certificate.isRetired, now: now)
    }

    /// When the wanted version is published; nil where the target holds it, or nothing is wanted.
    public func plannedRun(_ context: PublicationContext, now: Instant) -> PlannedRun? {
        guard case .version(let number) = wanted(context, now: now), number != context.placement.held?.number,
            let version = context.version(number)
        else { return nil }
        return plannedRun(context, version, atOnce: context.hasDrifted(from: number) ? .drifted : nil, now: now)
    }

    /// When a version that stayed in place although its publication failed there is tried again; nil where it is not.
    func retry(_ context: PublicationContext, now: Instant) -> PlannedRun? {
        guard let number = context.placement.held?.number, wanted(context, now: now) == .version(number),
            let version = context.version(number), let retryAt = context.trouble(about: number)?.retryAt,
            context.lastEnding(of: number)?.isHeld == false,
            var run = plannedRun(context, version, atOnce: context.causeAtOnce(version), now: now)
        else { return nil }
        if !context.isPublishAsked { (run.cause, run.due) = (.retry, max(run.due, retryAt)) }
        return run
    }

    /// When `version` is published.
    /// - Parameter atOnce: a cause that does not wait for the rule.
    func plannedRun(
        _ context: PublicationContext, _ version: VersionRecord, atOnce: Cause?, now: Instant
    ) -> PlannedRun? {
        if context.isPublishAsked {
            let at = max(now, context.wish.notSooner ?? now, version.life.notBefore)
            return PlannedRun(due: at, at: at, cause: .byHand, move: .none, deadline: nil)
        }
        let situation = situation(context, version, atOnce: atOnce, now: now)
        return PublicationPlanner(context.certificate.flow.rules).plan(situation, now: now)
    }

    func situation(
        _ context: PublicationContext, _ version: VersionRecord, atOnce: Cause?, now: Instant
    ) -> PublicationSituation {
        let retryAt = context.trouble(about: version.number)?.retryAt
        let held = held(context, wanting: version)
        // Changed subjects are published as After renew; one that the target lacks is a need of its own.
        let isReissue = held.map { !$0.lacksName && hasOtherNames(context, version) } ?? false
        return PublicationSituation(
            held: held, notBefore: version.life.notBefore,
            wantedSince: atOnce == nil ? wantedSince(context, version) : min(now, context.placement.proof?.at ?? now),
            followsLateRenewal: version.followsLateRule,
            notSooner: [retryAt, context.wish.notSooner].compactMap { $0 }.max(),
            answer: context.wish.answerFor == version.number ? context.wish.answer : nil,
            atOnce: atOnce ?? (isReissue ? .afterRenew : nil))
    }

    private func hasOtherNames(_ context: PublicationContext, _ version: VersionRecord) -> Bool {
        let held = context.placement.held?.number.flatMap { context.version($0) }
        return held.map { Set($0.subjects) != Set(version.subjects) } ?? false
    }

    /// When something newer than what the target holds was first there for it: the due time of a version that another
    /// one has replaced is kept, so that no replacement makes a publication later.
    private func wantedSince(_ context: PublicationContext, _ version: VersionRecord) -> Instant {
        let held = context.placement.held?.number ?? 0
        let stored = context.versions.filter {
            $0.number > held && $0.number <= version.number && $0.revokedAt == nil
        }.map(\.storedAt).min()
        return max(
            stored ?? version.storedAt, context.placement.createdAt, context.certificate.publicationSince)
    }

    /// What the target holds, as far as it bears on `version`.
    func held(_ context: PublicationContext, wanting version: VersionRecord?) -> PublicationSituation.Held? {
        guard let held = context.placement.held else { return nil }
        let known = held.number.flatMap { context.version($0) }
        let lacksName = known.map { !Set(version?.subjects ?? []).isSubset(of: Set($0.subjects)) } ?? false
        // The version that the CA wanted replaced early is replaced early on its targets too.
        let isAskedFor = known != nil && known?.number == context.state.earlyFollowedVersion
        return PublicationSituation.Held(
            life: held.life, revokedAt: known?.revokedAt, lacksName: lacksName,
            advisedEarlyAt: isAskedFor ? context.state.earlyFollowedAt : nil)
    }

    /// By when the target must hold something newer: the order of what is overdue.
    func deadline(_ context: PublicationContext) -> Instant {
        guard let held = context.placement.held else { return .distantFuture }
        return held.life.deadline
    }

    /// A due row that lets the target be looked at now.
    static func dueNow(_ placement: PlacementRecord, at now: Instant, byHand: Bool = false) -> DueRecord {
        DueRecord(
            WorkKey(.publication, placement.id), at: now,
            deadline: placement.held?.life.deadline ?? .distantFuture,
            group: WorkGroup.target(profile: placement.profile, target: placement.target), isManual: byHand)
    }
}

extension PublicationContext {
    public func version(_ number: Int) -> VersionRecord? { versions.first { $0.number == number } }

    /// Held at what it has: until released, or until a newer version than there was. A rollback that failed holds
    /// nothing.
    public var isHeldByHand: Bool {
        guard let hold = wish.hold, let newest = publications.first, newest.cause == .rolledBack,
            newest.state.isHeld || !newest.state.isFinal
        else { return false }
        return hold.untilReleased || hold.newest >= state.current
    }

    /// A newer version does not go there by itself.
    var isHeldUntilReleased: Bool { isHeldByHand && wish.hold?.untilReleased == true }

    /// Whether that version was in place before, and the target shows something else now.
    func hasDrifted(from number: Int) -> Bool {
        placement.proof?.outcome == .different
            && publications.first { $0.version == number && $0.state.isFinal }?.state.isHeld == true
    }

    /// The newest publication, where it was begun and has not ended.
    var interrupted: PublicationRecord? {
        guard let newest = publications.first, !newest.state.isFinal else { return nil }
        return newest
    }

    /// The trouble, where it is about that version.
    func trouble(about number: Int) -> Trouble? {
        guard let trouble = placement.trouble, trouble.version == nil || trouble.version == number else { return nil }
        return trouble
    }
}
