import Automation
import Foundation
import PluginKit
import Profiles
import Storage
import Testing

@testable import Runner
@testable import SimulationKit

@Suite("renewals")
struct RenewalTests {
    private func issued(_ rules: FlowRules = FlowRules(), profiles: [String] = []) async throws -> House {
        let house = try House()
        try house.addProfile("web", targets: ["alpha"])
        try await house.apply(try house.spec("www.example", rules, profiles: profiles))
        try house.pass(.minutes(1))
        #expect(try await house.state("www.example").current == 1)
        house.outside.forget()
        return house
    }

    @Test("a certificate is renewed at two thirds of its life, once, and the spread is kept")
    func automatic() async throws {
        let house = try await issued()
        try house.pass(.days(60) - .minutes(1))
        #expect(house.outside.count("order") == 0)
        try house.pass(.hours(5))
        #expect(house.outside.count("order") == 1)
        try house.pass(.days(20))
        #expect(house.outside.count("order") == 1)
    }

    @Test("a revoked version is renewed at once with a new key, whatever the window, and it is published at once")
    func revoked() async throws {
        let sunday = Window(Cells(days: [.sunday], periods: Period.all), zone: .utc)
        let house = try House()
        try house.addProfile("web", targets: ["alpha"])
        var spec = try house.spec("www.example")
        spec.key.reuse = true
        try await house.apply(spec)
        try house.pass(.minutes(1))
        let before = house.outside.shown("web/alpha/www.example")
        spec.flow.rules.window = sunday
        spec.flow.rules.publicationWindow = .always
        try await house.apply(spec)
        try house.pass(.days(1))
        #expect(try await house.state("www.example").current == 1)
        try await house.desk.noteRevoked("www.example")
        try house.wake(.minutes(1))
        #expect(try await house.state("www.example").current == 2)
        #expect(try await house.held("www.example") == 2)
        #expect(house.outside.shown("web/alpha/www.example")?.key != before?.key)
        #expect(try await house.state("www.example").revokedAt == nil)
    }

    @Test("an issuer that cannot bring a later end is not asked, and a person is told")
    func barred() async throws {
        let house = try await issued()
        let end = try #require(try await house.state("www.example").life?.notAfter)
        house.outside.update { $0.issuerEnds = end }
        try house.pass(.days(75))
        #expect(house.outside.count("order") == 0)
        let state = try await house.state("www.example")
        #expect(state.barred != nil && state.trouble?.code == "renewal.no-later-end")
        #expect(house.outside.notices.contains { $0.title.contains("Renewal of www.example failed") })
        // As the end comes nearer, it is told again.
        try house.pass(.days(14))
        #expect(house.outside.notices.contains { $0.title.contains("a tenth") })
        // By hand it is done all the same.
        house.outside.update { $0.issuerEnds = nil }
        _ = try await house.desk.renew("www.example", force: false)
        try house.wake()
        #expect(try await house.state("www.example").current == 2)
        #expect(try await house.state("www.example").barred == nil)
    }

    @Test("a version that ends no later is not stored, and not asked for again and again")
    func noLaterEnd() async throws {
        let house = try await issued()
        house.outside.update { $0.life = .days(20) }
        try house.pass(.days(69))
        #expect(house.outside.count("order") == 1)
        #expect(try await house.state("www.example").current == 1)
        #expect(try await house.state("www.example").barred != nil)
    }

    @Test("changed subjects abandon what was begun for the old ones, and the next intent is another")
    func abandoned() async throws {
        let house = try House()
        house.outside.update { $0.processing = .hours(2) }
        try await house.apply(try house.spec("www.example", FlowRules(), profiles: []))
        try house.pass(.minutes(1))
        #expect(house.outside.count("order") == 1)
        house.outside.update { $0.processing = .zero }
        try await house.apply(try house.spec("www.example", FlowRules(), profiles: [], extra: ["example"]))
        try house.wake(.hours(3))
        let id = try await house.overview("www.example").certificate.id
        #expect(house.outside.log.filter { $0.hasPrefix("order") } == ["order \(id)/none/0", "order \(id)/none/1"])
        let version = try #require(try await house.ledger.version(of: id, number: 1))
        #expect(Set(version.subjects.map(\.description)) == ["www.example", "example"])
        #expect(try await house.state("www.example").current == 1)
        #expect(try await house.events("www.example", "intent.abandoned").count == 1)
    }

    @Test("changed subjects of an issued certificate are reissued at once")
    func reissue() async throws {
        let house = try await issued(FlowRules(publicationEnabled: true), profiles: ["web"])
        try await house.apply(try house.spec("www.example", extra: ["example"]))
        try house.wake(.minutes(1))
        #expect(try await house.held("www.example") == 2)
    }

    @Test("the CA's advice moves the renewal into its window")
    func advice() async throws {
        let house = try House()
        let (from, to) = (house.now + .days(40), house.now + .days(41))
        house.outside.update { $0.advice = Advice(window: from.date..<to.date, askAgain: (from - .days(39)).date) }
        try await house.apply(try house.spec("www.example", FlowRules(), profiles: []))
        try house.pass(.days(39))
        #expect(house.outside.count("advice") > 20)
        #expect(house.outside.count("order") == 1)
        try house.pass(.days(3))
        #expect(house.outside.count("order") == 2)
    }

    @Test("a CA that wants a certificate back early is followed at once, once")
    func advisedEarly() async throws {
        let house = try House()
        try house.addProfile("web", targets: ["alpha"])
        try await house.apply(
            try house.spec("www.example", FlowRules(renewIn: .beforeExpiration(days: 7), publicationEnabled: true)))
        try house.pass(.days(2))
        #expect(house.outside.count("order") == 1)
        let past = house.now - .hours(6)
        house.outside.update {
            $0.advice = Advice(window: past.date..<(past + .hours(1)).date, askAgain: (past + .hours(7)).date)
        }
        try house.pass(.hours(26))
        #expect(house.outside.count("order") == 2)
        #expect(try await house.held("www.example") == 2)
        try house.pass(.days(2))
        #expect(house.outside.count("order") <= 4)
    }

    @Test("a publication that is due goes before a renewal that is due in the same period")
    func publicationFirst() async throws {
        let house = try House()
        try house.addProfile("web", targets: ["alpha"])
        try await house.apply(try house.spec("www.example", FlowRules(publicationEnabled: true)))
        try house.pass(.minutes(1))
        try house.stop()
        // Imported: a newer version that waits, and whose own renewal is overdue.
        try await house.imported("www.example", from: house.now - .days(400), to: house.now + .days(100))
        house.clock.pass(.days(1))
        house.outside.forget()
        try house.pass(.minutes(2))
        let first = house.outside.log.first { $0.hasPrefix("publish") || $0.hasPrefix("order") }
        #expect(first == "publish alpha www.example 2")
        #expect(house.outside.count("order") == 1)
    }

    @Test("keys of versions that are held nowhere go thirty days after their end")
    func keys() async throws {
        let house = try await issued()
        let id = try await house.overview("www.example").certificate.id
        try house.pass(.days(118))
        #expect(try await house.ledger.material(of: id, number: 1)?.sealedKey != nil)
        try house.pass(.days(4))
        #expect(try await house.ledger.material(of: id, number: 1)?.sealedKey == nil)
        #expect(try await house.ledger.material(of: id, number: 2)?.sealedKey != nil)
        #expect(try await house.events("www.example", "key.dropped").count == 1)
    }
}

extension House {
    /// Takes in a version from elsewhere, of a certificate that is known.
    func imported(_ name: String, from start: Instant, to end: Instant) async throws {
        let certificate = SyntheticCertificate(
            serial: "imported", subjects: [name], notBefore: start, notAfter: end, chainNotAfter: end, key: "k",
            issuer: "elsewhere")
        let issued = IssuedVersion(
            chain: [certificate.der], fingerprint: certificate.fingerprint, serial: certificate.serial,
            issuerName: certificate.issuer, subjects: [name].compactMap { Subject($0) }, life: certificate.life,
            keyType: .ecdsaP256)
        _ = try await desk.take(
            ImportedVersion(name: name, issued: issued, key: Secret(text: "key")), issuer: nil, vault: .transparent)
    }
}
