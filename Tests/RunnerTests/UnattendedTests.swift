import Automation
import Foundation
import PluginKit
import Profiles
import Storage
import Synchronization
import Testing

@testable import Runner
@testable import SimulationKit

@Suite("what nobody looks after")
struct UnattendedTests {
    private func issued(_ rules: FlowRules = FlowRules(publicationEnabled: true)) async throws -> House {
        let house = try House()
        try house.addProfile("web", targets: ["alpha"])
        try await house.apply(try house.spec("www.example", rules))
        try house.pass(.minutes(1))
        #expect(try await house.state("www.example").current == 1)
        return house
    }

    @Test("where renewal is switched off people are told at 50, 25 and 10 % of the life that is left, and at its end")
    func switchedOff() async throws {
        let house = try await issued()
        try await house.apply(try house.spec("www.example", FlowRules(renewalEnabled: false, publicationEnabled: true)))
        try house.pass(.days(91))
        let titles = house.outside.notices.filter { $0.body.contains("is switched off") }.map(\.title)
        #expect(titles.count == 4)
        #expect(titles.last?.contains("expired") == true)
        #expect(try await house.state("www.example").current == 1)
    }

    @Test("a revoked version is replaced though renewal is switched off")
    func revokedWhileOff() async throws {
        let house = try await issued()
        try await house.apply(try house.spec("www.example", FlowRules(renewalEnabled: false, publicationEnabled: true)))
        try house.pass(.hours(1))
        try await house.desk.noteRevoked("www.example")
        try house.wake(.minutes(2))
        #expect(try await house.state("www.example").current == 2)
        #expect(try await house.held("www.example") == 2)
    }

    @Test("a revoked version is replaced though its renewal needed attention or was barred")
    func revokedInTrouble() async throws {
        let house = try await issued(FlowRules())
        let end = try #require(try await house.state("www.example").life?.notAfter)
        house.outside.update { $0.issuerEnds = end }
        try house.pass(.days(62))
        #expect(try await house.state("www.example").barred != nil)
        #expect(try await house.state("www.example").trouble?.needsAttention == true)
        house.outside.update { $0.issuerEnds = nil }
        try await house.desk.noteRevoked("www.example")
        try house.wake(.minutes(1))
        #expect(try await house.state("www.example").current == 2)
        #expect(try await house.state("www.example").trouble == nil)
    }

    @Test("a revocation is not forgotten by a publication that ends just then")
    func revokedWhilePublished() async throws {
        let house = try House()
        try house.addProfile("web", targets: ["alpha"])
        let desk = house.desk
        let isTold = Held(false)
        house.outside.update { state in
            state.hooks["switch"] = {
                guard !isTold.current else { return }
                isTold.update { $0 = true }
                try await desk.noteRevoked("www.example")
            }
        }
        try await house.apply(try house.spec("www.example"))
        try house.pass(.minutes(5))
        #expect(try await house.state("www.example").current == 2)
        #expect(try await house.held("www.example") == 2)
    }

    @Test("a key that was revoked is not used again by a renewal that was under way with it")
    func revokedKeyUnderWay() async throws {
        let house = try House()
        var spec = try house.spec("www.example", FlowRules(), profiles: [])
        spec.key.reuse = true
        try await house.apply(spec)
        try house.pass(.minutes(1))
        let id = try await house.overview("www.example").certificate.id
        let leaked = try await house.ledger.material(of: id, number: 1)?.sealedKey
        house.outside.update { $0.outages["order"] = .test(.transient) }
        try house.pass(.days(62))
        #expect(try await house.ledger.renewalContext(id)?.openIntent != nil)
        try await house.desk.noteRevoked("www.example")
        house.outside.update { $0.outages = [:] }
        try house.wake(.minutes(5))
        #expect(try await house.state("www.example").current == 2)
        let fresh = try await house.ledger.material(of: id, number: 2)?.sealedKey
        #expect(fresh != nil && fresh != leaked)
    }

    @Test("an imported version that begins only after the present one's end does not replace its renewal")
    func importedForLater() async throws {
        let house = try await issued(FlowRules())
        let end = try #require(try await house.state("www.example").life?.notAfter)
        try await house.imported("www.example", from: end + .days(30), to: end + .days(130))
        try house.wake(.minutes(1))
        house.outside.forget()
        try house.pass(.days(62))
        #expect(house.outside.count("order") == 1)
        let life = try #require(try await house.state("www.example").life)
        #expect(life.notBefore < end)
        #expect(life.notAfter > end)
    }

    @Test("however many alerts wait, and however long they take, work goes on")
    func manyAlerts() async throws {
        let house = try House()
        try house.addProfile("web", targets: ["alpha"])
        house.settings.concurrent = 4
        house.outside.update { state in
            state.outages["publish"] = .test(.auth)
            state.hooks["send"] = { [clock = house.clock] in try await clock.sleep(.seconds(30)) }
        }
        for index in 0..<40 { try await house.apply(try house.spec("a\(index).example")) }
        try house.pass(.minutes(3))
        #expect(house.outside.notices.count < 20)
        try house.addProfile("other", targets: ["beta"])
        house.outside.update { $0.outages = [:] }
        try house.stop()
        try await house.apply(try house.spec("b.example", profiles: ["other"]))
        try house.pass(.minutes(1))
        #expect(try await house.held("b.example", "other/beta") == 1)
    }

    @Test("what can't be put back gives way to a newer version")
    func rollbackThatFails() async throws {
        let house = try House()
        try house.addProfile("web", targets: ["alpha"], steps: ["test"])
        try await house.apply(try house.spec("www.example"))
        try house.pass(.minutes(1))
        house.outside.update { state in
            state.refusals = ["test alpha"]
            state.outages["rollback"] = .test(.transient)
        }
        _ = try await house.desk.renew("www.example", force: true)
        try house.wake(.hours(3))
        #expect(try await house.publications("www.example").first?.state == .rollingBack)
        let tries = house.outside.count("rollback")
        #expect(tries >= 4 && tries < 20)
        house.outside.update { $0.refusals = [] }
        _ = try await house.desk.renew("www.example", force: true)
        try house.wake(.hours(3))
        #expect(try await house.held("www.example") == 3)
        #expect(try await house.publications("www.example").contains { $0.state == .superseded })
    }

    @Test("what is put back by publishing the version before stays a rollback at every step of that")
    func rollbackByPublishing() async throws {
        let house = try House()
        try house.addProfile("web", targets: ["alpha"], steps: ["test"])
        try await house.apply(try house.spec("www.example"))
        try house.pass(.minutes(1))
        let (ledger, placement) = (house.ledger, try await house.placement("www.example", "web/alpha").id)
        let seen = Mutex<[PublicationRecord]>([])
        house.outside.update { state in
            state.refusals = ["test alpha"]
            state.outages["rollback"] = .test(.configuration)
            state.hooks["switch"] = {
                let newest = try await ledger.publications(of: placement, limit: 1)
                seen.withLock { $0 += newest }
            }
        }
        _ = try await house.desk.renew("www.example", force: true)
        try house.wake(.seconds(30))
        let records = seen.withLock { $0 }
        #expect(records.map(\.version) == [2, 2])
        #expect(records.map(\.state) == [.staged, .rollingBack])
        // It is undone by its own handle, not by that of the version which comes back.
        #expect(records.first?.handle != nil && records.first?.handle == records.last?.handle)
        #expect(house.outside.shown("web/alpha/www.example")?.serial == "1")
    }

    @Test("two targets that can't be published to leave each other alone until their next try")
    func quietSiblings() async throws {
        let house = try House()
        let rollout = Rollout(first: 1, then: .percent(100), stopOnFailure: false)
        try house.addProfile("web", targets: ["alpha", "beta"], rollout: rollout)
        try await house.apply(try house.spec("www.example"))
        try house.pass(.minutes(5))
        try house.stop()
        let missing = try Template("/{{target.nowhere}}")
        for index in 0..<2 {
            house.profiles.publishing["web"]?.targets[index].options = OptionTree([
                "directory": .text(missing, .path, SourcePosition(file: "web.yaml", line: 1, column: 1)),
                "content": .artifact(ArtifactRequest(.fullchain)),
            ])
        }
        house.profiles.publishing["web"]?.digest = "2"
        let before = try await house.events("www.example", "publication.failed").count
        try house.pass(.hours(1))
        let failures = try await house.events("www.example", "publication.failed").count - before
        #expect(failures > 0 && failures < 12)
    }
}
