import Automation
import Foundation
import PluginKit
import Profiles
import Storage
import Testing

@testable import Runner

@Suite("the plan of a publication knows what the target holds")
struct PublicationPlanningTests {
    static let now = Instant(seconds: 1_800_000_000)
    static let planning = PublicationPlanning(profiles: ProfileSet())

    func version(_ number: Int, _ names: String..., from begin: Instant = PublicationPlanningTests.now) -> VersionRecord
    {
        VersionRecord(
            certificate: 1, number: number, predecessor: number - 1, subjects: names.compactMap(Subject.init),
            fingerprint: Fingerprint(sha256: Data([UInt8(number)])), serial: "0\(number)", issuerName: "CA",
            life: Life(notBefore: begin, notAfter: begin + .days(90)), storedAt: Self.now, source: .issued,
            keyType: .ecdsaP256, issuer: "own")
    }

    /// A target that holds version 1, where `versions` are there, newest first.
    func context(_ versions: [VersionRecord], publishOn: PublishOn = .afterPreviousExpiry) -> PublicationContext {
        var certificate = CertificateRecord(
            id: 1, name: "a", subjects: [], issuer: "own", seed: 1, createdAt: Self.now - .days(100))
        certificate.flow = Flow(
            rules: FlowRules(publicationEnabled: true, publishOn: publishOn), profiles: ["web"])
        certificate.publicationSince = Self.now - .days(100)
        var placement = PlacementRecord(
            id: 1, certificate: 1, profile: "web", target: "here", createdAt: Self.now - .days(100))
        if let first = versions.last {
            placement.held = .init(
                number: first.number, fingerprint: first.fingerprint, life: first.life, delivery: "d",
                since: first.life.notBefore)
        }
        var state = RenewalState(certificate: 1)
        state.current = versions.first?.number ?? 0
        return PublicationContext(
            certificate: certificate, state: state, versions: versions, placement: placement,
            wish: PlacementWish(placement: 1), publications: [], siblings: [placement])
    }

    var old: VersionRecord { version(1, "a.example", "b.example", from: Self.now - .days(60)) }

    @Test("a renewal with the same names waits for its rule")
    func sameNames() throws {
        let run = try #require(
            Self.planning.plannedRun(context([version(2, "b.example", "a.example"), old]), now: Self.now))
        #expect(run.cause == .previousExpired && run.due == Self.now + .days(30))
    }

    @Test("a reissue with fewer names is published as After renew, one with a new name because it is missed")
    func otherNames() throws {
        let fewer = try #require(Self.planning.plannedRun(context([version(2, "a.example"), old]), now: Self.now))
        #expect(fewer.cause == .afterRenew && fewer.at == Self.now)
        let more = try #require(
            Self.planning.plannedRun(context([version(2, "a.example", "b.example", "c.example"), old]), now: Self.now))
        #expect(more.cause == .targetNeedsOne(.lacksName) && more.at == Self.now)
    }

    @Test("what the CA wanted replaced early is replaced early on its targets, with a day's deadline")
    func askedEarly() throws {
        var context = context([version(2, "a.example", "b.example"), old])
        context.state.earlyFollowedVersion = 1
        context.state.earlyFollowedAt = Self.now
        let run = try #require(Self.planning.plannedRun(context, now: Self.now))
        #expect(run.cause == .targetNeedsOne(.advisedEarly) && run.at == Self.now)
        #expect(run.deadline == Self.now + .hours(24))
    }

    @Test("a target without a certificate gets the valid version while the newest has not begun")
    func notBegun() throws {
        let later = version(3, "a.example", "b.example", from: Self.now + .days(5))
        var context = context([later, version(2, "a.example", "b.example"), old], publishOn: .afterRenew)
        context.placement.held = nil
        #expect(Self.planning.wanted(context, now: Self.now) == .version(2))
        #expect(Self.planning.wanted(context, now: Self.now + .days(5)) == .version(3))
    }
}
