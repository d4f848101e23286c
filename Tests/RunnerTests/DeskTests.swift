import Automation
import Foundation
import PluginKit
import Profiles
import Runner
import Storage
import Testing

/// What people ask for, as the ledger keeps it. The runner is played by hand.
@Suite("the desk: what people ask for")
struct DeskTests {
    @Test("each renewal that is asked for has a number of its own, and ends with the attempt that counted so far")
    func renewals() async throws {
        let home = try await Office()
        let first = try await home.desk.renew(Office.name, force: false)
        let second = try await home.desk.renew(Office.name, force: false)
        #expect((first.number, second.number) == (1, 2))
        #expect(try await home.ledger.due(first.work)?.isManual == true)
        #expect(try await home.desk.outcome(of: first) == .open)
        try await home.serveRenewal(upTo: 1, .failed)
        #expect(try await home.desk.outcome(of: second) == .open)
        try await home.serveRenewal(upTo: 2, .succeeded)
        guard case .ended(let one) = try await home.desk.outcome(of: first),
            case .ended(let two) = try await home.desk.outcome(of: second)
        else {
            Issue.record("both are served")
            return
        }
        #expect((one.outcome, two.outcome) == (.failed, .succeeded))
    }

    @Test("a renewal is refused while a newer version waits than any target holds, but by force")
    func newerWaits() async throws {
        let home = try await Office(versions: 1)
        await expectRefusal("renewal.newer-waits") { try await home.desk.renew(Office.name, force: false) }
        #expect(try await home.desk.renew(Office.name, force: true).number == 1)
    }

    @Test("renewals by a label are asked for together: of all that bear it, or of none")
    func renewalsByLabel() async throws {
        let home = try await Office(versions: 1)
        let second = CertificateRecord(
            id: 2, name: "mail.example.com", subjects: [.dns("mail.example.com")], issuer: "local-authority",
            labels: ["team": "web"], flow: Flow(rules: FlowRules(), profiles: []), seed: 1, createdAt: home.now)
        try await home.apply([.addCertificate(second), .putRenewal(RenewalState(certificate: 2))])
        let web = Desk.Selection.label(key: "team", value: "web")
        let before = try await home.ledger.auditHead()
        await expectRefusal("renewal.newer-waits") { try await home.desk.renew(web, force: false) }
        #expect(try await home.ledger.auditHead() == before, "all or nothing")
        let asked = try await home.desk.renew(web, force: true)
        #expect(asked.map(\.certificate) == ["mail.example.com", Office.name])
        #expect(asked.map(\.number) == [1, 1])
        for request in asked { #expect(try await home.ledger.due(request.work)?.isManual == true) }
        await expectRefusal("label.unknown") {
            try await home.desk.renew(.label(key: "team", value: "mail"), force: true)
        }
    }

    @Test("requests of one command are one commit, one batch, and an audit event each, with who and why")
    func batch() async throws {
        let home = try await Office(versions: 1)
        let asked = try await home.desk.publish(Office.name)
        #expect(asked.map(\.target) == ["files/a", "files/b"])
        let wishes = [try await home.wish(0), try await home.wish(1)]
        #expect(wishes[0].batch == wishes[1].batch && wishes[0].batch > 0)
        let events = try await home.ledger.latestEvents(certificate: Office.name, limit: 2).map(\.draft)
        #expect(
            events.allSatisfy { $0.kind == "publication.asked-by-hand" && $0.actor == "anna" && $0.reason == "why" })
        var order = Desk.PublishOrder()
        order.targets = ["files/a", "nowhere"]
        let before = try await home.ledger.auditHead()
        await expectRefusal("target.unknown") { try await home.desk.publish(Office.name, order) }
        #expect(try await home.ledger.auditHead() == before, "all or nothing")
    }

    @Test("two people who ask at the same time both get an answer: neither overwrites the other")
    func together() async throws {
        let home = try await Office(versions: 1)
        let numbers = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask { try await home.desk.publish(Office.name).first?.number ?? 0 }
            }
            return try await group.reduce(into: Set<Int>()) { $0.insert($1) }
        }
        #expect(numbers == Set(1...8))
        #expect(try await home.wish(0).asked == 8)
    }

    @Test("what is asked for of the same target takes the place of what was not served yet, and that is said")
    func replaced() async throws {
        let home = try await Office(versions: 2, held: 2)
        let published = try #require(try await home.desk.publish(Office.name).first)
        _ = try await home.desk.rollback(Office.name, to: 1, targets: [], untilReleased: false)
        #expect(try await home.desk.outcome(of: published) == .replaced(by: "anna"))
    }

    @Test(
        "a rollback names an older version that is still valid, and holds until released only where that is asked for")
    func rollback() async throws {
        let home = try await Office(versions: 2, held: 2)
        await expectRefusal("rollback.not-older") {
            try await home.desk.rollback(Office.name, to: 2, targets: [], untilReleased: false)
        }
        await expectRefusal("rollback.nothing-usable") {
            try await home.desk.rollback(Office.name, to: 0, targets: [], untilReleased: false)
        }
        await expectRefusal("rollback.nothing-usable") {
            try await home.desk.rollback(Office.name, to: nil, targets: [], untilReleased: false)
        }
        _ = try await home.desk.rollback(Office.name, to: 1, targets: ["a"], untilReleased: true)
        #expect(try await home.wish(0).hold?.untilReleased == true)
        #expect(try await home.wish(1).hold == nil)
        let released = try await home.desk.resume(.name(Office.name))
        #expect(released.released == ["\(Office.name) -> files/a"])
        #expect(try await home.wish(0).hold == nil)
        #expect(try await home.desk.resume(.name(Office.name)).names.isEmpty, "there is nothing left to end")
    }

    @Test("a hold is in force only once the rollback is there: one that failed holds nothing")
    func holdNeedsItsRollback() async throws {
        let home = try await Office(versions: 2, held: 2)
        _ = try await home.desk.rollback(Office.name, to: 1, targets: ["a"], untilReleased: true)
        for (state, holds) in [(PublicationState.failed, false), (.rolledBack, false), (.notChecked, true)] {
            var record = PublicationRecord(
                placement: home.placements[0].id, sequence: 1, version: 1, delivery: "d", cause: .rolledBack,
                isLastResort: false, startedAt: home.now)
            record.state = state
            try await home.apply([.putPublication(record)])
            let context = try #require(try await home.ledger.publicationContext(home.placements[0].id))
            #expect(context.isHeldByHand == holds, "\(state)")
        }
    }

    @Test("a proof joins a publication that waits to be served, and is refused while one waits for its time")
    func proof() async throws {
        let home = try await Office(versions: 1, held: 1)
        let asked = try #require(try await home.desk.publish(Office.name).first)
        let joined = try #require(try await home.desk.prove(Office.name, targets: []).first)
        #expect(joined.number == asked.number + 1 && joined.deed == .publish)
        var order = Desk.PublishOrder()
        order.at = home.now + .hours(3)
        let later = try await home.desk.publish(Office.name, order)
        #expect(later.allSatisfy { $0.at == order.at })
        await expectRefusal("publication.waits") { try await home.desk.prove(Office.name, targets: ["a"]) }
        order.at = home.now
        await expectRefusal("publication.time-past") { try await home.desk.publish(Office.name, order) }
        let bare = try await Office(versions: 1)
        await expectRefusal("proof.nothing-published") { try await bare.desk.prove(Office.name, targets: []) }
    }

    @Test("a target is cleaned only where nothing manages it, and a certificate removed only where no target holds it")
    func cleaningAndRemoval() async throws {
        let home = try await Office(versions: 1, held: 1)
        await expectRefusal("target.in-use") { try await home.desk.clean("files/a", of: Office.name) }
        await expectRefusal("certificate.in-use") { try await home.desk.remove(Office.name, retire: false) }
        let removal = try await home.desk.remove(Office.name, retire: true)
        #expect(removal.left == ["files/a", "files/b"])
        await expectRefusal("certificate.retired") { try await home.desk.publish(Office.name) }
        #expect(try await home.desk.clean("files/a", of: Office.name).map(\.deed) == [.clean])
    }

    @Test("a pause by label reaches all certificates with it, all or none; an unknown label is refused")
    func pauses() async throws {
        let home = try await Office()
        let paused = try await home.desk.pause(.label(key: "team", value: "web"), until: home.now + .hours(2))
        #expect(paused.names == [Office.name])
        #expect(try await home.ledger.certificate(named: Office.name)?.pause?.until == home.now + .hours(2))
        await expectRefusal("label.unknown") {
            try await home.desk.pause(.label(key: "team", value: "mail"), until: nil)
        }
        await expectRefusal("pause.time-past") { try await home.desk.pause(.name(Office.name), until: home.now) }
    }

    @Test("a secret lets what names it be looked at, tells by its time that it changed, and stays while it is named")
    func secrets() async throws {
        let home = try await Office(versions: 1)
        #expect(try await home.desk.secrets().map(\.name) == ["p12"], "a profile names it")
        #expect(try await home.desk.secrets().first?.setAt == nil)
        let work = WorkKey(.publication, home.placements[0].id)
        try await home.apply([.unschedule(work)])
        let value = Secret(Array("horse".utf8))
        #expect(try await home.desk.setSecret("p12", value, vault: Office.vault) == false)
        #expect(try await home.ledger.due(work)?.at == home.now)
        let before = try #require(try await home.ledger.secret(named: "p12"))
        #expect(try await home.desk.setSecret("p12", value, vault: Office.vault))
        #expect(try #require(try await home.ledger.secret(named: "p12")).setAt > before.setAt)
        await expectRefusal("secret.in-use") { try await home.desk.removeSecret("p12", force: false) }
        try await home.desk.removeSecret("p12", force: true)
        await expectRefusal("secret.unknown") { try await home.desk.removeSecret("p12", force: true) }
        await expectRefusal("secret.bad-name") {
            try await home.desk.setSecret("a b", value, vault: Office.vault)
        }
    }

    @Test("an unknown certificate is answered with the nearest name")
    func nearest() async throws {
        let home = try await Office()
        let refusal = await #expect(throws: DeskRefusal.self) {
            try await home.desk.renew("www.exmaple.com", force: false)
        }
        #expect(refusal?.code == "certificate.unknown" && refusal?.remedy.contains(Office.name) == true)
    }
}

/// Expects a refusal with that code.
private func expectRefusal<Result>(
    _ code: String, _ location: SourceLocation = #_sourceLocation, _ body: () async throws -> Result
) async {
    do {
        _ = try await body()
        Issue.record("not refused", sourceLocation: location)
    } catch let refusal as DeskRefusal {
        #expect(refusal.code == code, sourceLocation: location)
    } catch {
        Issue.record(error, sourceLocation: location)
    }
}
