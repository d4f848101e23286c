import Automation
import Foundation
import PluginKit
import Profiles
import Storage
import Testing

@testable import Runner
@testable import SimulationKit

@Suite("challenges that a publishing profile takes to its targets")
struct ChallengePublishingTests {
    private let challenge = Challenge(
        form: .http01, subject: "www.example", token: "token_1", keyAuthorization: "token_1.thumbprint")

    private func house(reload: Bool = false) throws -> House {
        let house = try House()
        try house.addProfile("web", targets: ["alpha"])
        try house.addProfile("acme", targets: ["alpha", "beta"], steps: reload ? ["reload"] : [])
        let origin = SourcePosition(file: "acme.yaml", line: 1, column: 1)
        for index in house.profiles.publishing["acme"]?.targets.indices ?? 0..<0 {
            house.profiles.publishing["acme"]?.targets[index].options = OptionTree([
                "directory": .text(try Template("/acme/{{target.name}}/{{challenge.token}}"), .path, origin),
                "content": .artifact(ArtifactRequest(.challenge)),
            ])
        }
        return house
    }

    private func solver(_ house: House, _ name: String = "acme") throws -> PublishingSolver {
        try PublishingSolver(house.dependencies(ProfileShelf(house.profiles)), profile: name)
    }

    @Test("it is told to the journal, then published to all of them, and removed from all of them")
    func everywhere() async throws {
        let house = try house()
        let solver = try solver(house)
        let outside = house.outside
        let journal = LeaseJournal(
            write: { step, _ in outside.update { $0.log.append(step.rawValue) } }, tell: { _ in })
        let handle = try house.carryOut { [challenge] in
            let handle = try await solver.present(challenge, journal)
            #expect(try await solver.propagated(challenge, handle))
            return handle
        }
        #expect(house.outside.log.first == "presented")
        #expect(house.outside.log.filter { $0 == "presented" }.count == 1)
        #expect(house.outside.count("publish alpha www.example 0") == 1)
        #expect(house.outside.count("publish beta www.example 0") == 1)
        #expect(!String(decoding: handle.content, as: UTF8.self).contains("thumbprint"))
        try house.carryOut { [challenge] in try await solver.cleanUp(challenge, handle) }
        #expect(house.outside.count("withdraw alpha acme/alpha/token_1") == 1)
        #expect(house.outside.count("withdraw beta acme/beta/token_1") == 1)
        #expect(house.outside.count("reload") == 0)
    }

    @Test("a target that does not take it is named, with its own reason; the others are served")
    func failing() async throws {
        let house = try house()
        let solver = try solver(house)
        house.outside.update { $0.outages["publish beta www.example 0"] = .test(.auth) }
        let journal = LeaseJournal(write: { _, _ in }, tell: { _ in })
        do {
            _ = try house.carryOut { [challenge] in try await solver.present(challenge, journal) }
            Issue.record("it was taken")
        } catch let failure as PluginFailure {
            #expect(failure.code == "test.auth" && failure.kind == .auth)
            #expect(failure.message.contains("acme/beta") && failure.message.contains("www.example"))
            #expect(!failure.message.contains("token_1"))
        }
        #expect(house.outside.count("switch alpha") == 1)
    }

    @Test("a reload that the profile has runs on each target after the file is there")
    func reload() async throws {
        let house = try house(reload: true)
        let solver = try solver(house)
        let journal = LeaseJournal(write: { _, _ in }, tell: { _ in })
        _ = try house.carryOut { [challenge] in try await solver.present(challenge, journal) }
        let alpha = house.outside.log.filter { $0.hasSuffix("alpha") || $0.contains("publish alpha") }
        #expect(alpha == ["publish alpha www.example 0", "switch alpha", "reload alpha"])
        house.outside.update { $0.refusals = ["reload beta"] }
        #expect(throws: PluginFailure.self) {
            try house.carryOut { [challenge] in try await solver.present(challenge, journal) }
        }
    }

    @Test("only profiles for challenges answer them, only those for certificates publish them")
    func kinds() async throws {
        let house = try house()
        func code(_ name: String) -> String? {
            do {
                _ = try solver(house, name)
                return nil
            } catch {
                return (error as? PluginFailure)?.code
            }
        }
        #expect(code("acme") == nil)
        #expect(code("web") == "profile.not-for-challenges")
        #expect(code("wbe") == "profile.missing")
        let spec = try house.spec("www.example", profiles: ["acme"])
        try await house.apply(spec)
        try house.pass(.minutes(2))
        #expect(try await house.placement("www.example", "acme/alpha").trouble?.code == "profile.for-challenges")
        #expect(house.outside.count("publish") == 0)
    }

    @Test("a token that could lead elsewhere, and another form, are refused", arguments: ["../x", "", "a/b", "a.b"])
    func tokens(token: String) async throws {
        let house = try house()
        let solver = try solver(house)
        var challenge = challenge
        challenge.token = token
        let journal = LeaseJournal(write: { _, _ in }, tell: { _ in })
        for form in [Challenge.Form.http01, .dns01] {
            challenge.form = form
            #expect(throws: PluginFailure.self) {
                try house.carryOut { [challenge] in try await solver.present(challenge, journal) }
            }
        }
        #expect(house.outside.log.isEmpty)
    }
}
