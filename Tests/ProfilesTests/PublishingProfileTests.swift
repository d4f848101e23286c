import Automation
import PluginKit
import Testing

@testable import Profiles

/// A publishing profile's file becomes values that the runner can use as they are.
@Suite struct PublishingProfileTests {
    private func profile(_ text: String) throws -> PublishingProfile {
        let reading = PublishingProfile.read(SourceFile(text, path: "p.yaml"), registry: Backends.registry)
        #expect(reading.problems.isEmpty, "\(reading.problems)")
        return try #require(reading.profile)
    }

    @Test("every part of the file is in the profile")
    func everything() throws {
        let profile = try profile(Valid.publishing)
        #expect(profile.name == "fleet")
        #expect(profile.description == "Two front ends")
        #expect(profile.publisher == "remote")
        #expect(profile.targets.map(\.name) == ["web-1", "web-2"])
        #expect(
            profile.test
                == CommandStep(
                    try ["nginx", "-t", "{{certificate.name}}"].map { try Template($0) }, timeout: .seconds(20),
                    place: .target))
        #expect(
            profile.reload
                == CommandStep(
                    ["systemctl", "reload", "nginx"].map { Template(literal: $0) }, timeout: .seconds(30), place: .here)
        )
        #expect(
            profile.proof
                == .tls(
                    connect: try Template("{{target.host}}:443"), serverName: try Template("{{certificate.subject}}"),
                    within: .minutes(2)))
        #expect(profile.rollout == Rollout(first: 1, then: .percent(50), stopOnFailure: true))
        #expect(!profile.rollsBack)
        #expect(profile.file == "p.yaml")
        #expect(profile.verified == "by hand, once")
    }

    @Test("a target has the profile's options, and its own in place of them")
    func overlay() throws {
        let targets = try profile(Valid.publishing).targets
        #expect(targets.map { $0.options.values["port"] } == [.integer(2222), .integer(22)])
        #expect(targets.map { $0.options.values["compress"] } == [nil, .flag(true)])
        #expect(targets.map { $0.options.values["wait"] } == [.duration(.seconds(90)), .duration(.seconds(90))])
        #expect(targets.allSatisfy { $0.options.values["name"] == nil })
    }

    @Test("what is not given is as DESIGN.md says: one target, no test, no reload, no proof, all at once, roll back")
    func defaults() throws {
        let profile = try profile(
            """
            profile: here
            publisher: filesystem
            with:
              directory: /etc/tls
              files: [{name: a.pem, content: bundle}]
            """)
        #expect(profile.targets.map(\.name) == ["default"])
        #expect((profile.test, profile.reload) == (nil, nil))
        #expect(profile.proof == nil)
        #expect(profile.rollout == .allAtOnce)
        #expect(profile.rollsBack)
        #expect(profile.description.isEmpty)
        #expect(profile.verified == nil)
    }

    @Test("commands run on the target where the publisher can run them there, else here")
    func places() throws {
        let here = try profile(
            "profile: p\npublisher: blind\nreload: {command: [true]}\ntest: {command: [true], on: here}\n")
        #expect(here.reload?.place == .here)
        #expect(here.test?.place == .here)
        let there = try profile(
            "profile: p\npublisher: remote\nwith: {host: a}\nreload: {command: [true]}\ntest: {command: [true], on: here}\n"
        )
        #expect(there.reload?.place == .target)
        #expect(there.test?.place == .here)
    }

    @Test(
        "a rollout that says little goes one target first, then all, and stops on a failure",
        arguments: [
            ("{}", Rollout(first: 1, then: .percent(100), stopOnFailure: true)),
            ("{first: 2, then: 3}", Rollout(first: 2, then: .count(3), stopOnFailure: true)),
            ("{then: 100%, onFailure: continue}", Rollout(first: 1, then: .percent(100), stopOnFailure: false)),
        ])
    func rollout(text: String, expected: Rollout) throws {
        #expect(try profile("profile: p\npublisher: blind\nrollout: \(text)\n").rollout == expected)
    }

    @Test("a proof asks for the certificate's first subject and has a minute, if the file says nothing else")
    func proofDefaults() throws {
        let head = "profile: p\npublisher: remote\nwith: {host: a}\n"
        let proof = try profile(head + "prove: {tls: {connect: \"127.0.0.1:443\"}}\n").proof
        #expect(
            proof
                == .tls(
                    connect: Template(literal: "127.0.0.1:443"), serverName: try Template("{{certificate.subject}}"),
                    within: .minutes(1)))
        let nameless = try profile(head + "prove: {tls: {connect: \"[::1]:443\", serverName: \"\"}}\n").proof
        #expect(nameless == .tls(connect: Template(literal: "[::1]:443"), serverName: nil, within: .minutes(1)))
        #expect(try profile(head + "prove: {readBack: true}\n").proof == .readBack)
    }

    @Test("secrets stay references")
    func secrets() throws {
        #expect(try profile(Valid.publishing).targets.allSatisfy { $0.options.secretNames == ["deploy-key"] })
    }
}
