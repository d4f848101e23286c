import Foundation
import TestPeers
import Testing

@Suite("what an application would cause is said before it is done")
struct ApplyTests {
    @Test("a new flow issues one version and publishes it to each target at once")
    func newFlow() async throws {
        try await Sample.withHome { certflow, _ in
            let preview = try await preview(certflow, Sample.flows)
            let certificate = try #require(preview.certificates.first)
            #expect(certificate.effect == "created" && certificate.issues != nil)
            #expect(certificate.publications.map(\.target) == ["files/default"])
            #expect(certificate.publications.first?.version == 1)
            // A dry run changes nothing: the same is said again.
            #expect(try await self.preview(certflow, Sample.flows).certificates.first?.effect == "created")
            #expect(try await certflow.succeed("run").contains("Nothing was due."))
        }
    }

    @Test("changed subjects are reissued and published when the window opens, and that is said")
    func changedSubjects() async throws {
        try await Sample.withHome { certflow, _ in
            try await certflow.succeed("apply", "-", input: Sample.flows)
            try await certflow.succeed("run")
            #expect(try await preview(certflow, Sample.flows).certificates.map(\.effect) == ["unchanged"])
            let flows =
                Sample.flows.replacing("[www.example.com]", with: "[www.example.com, example.com]")
                + "\n      window: {days: [\(Self.farDay)], periods: [\"00:00-04:00\"]}"
            let certificate = try #require(try await preview(certflow, flows).certificates.first)
            #expect(certificate.effect == "changed" && certificate.issues != nil)
            let publication = try #require(certificate.publications.first)
            let at = try #require(publication.at)
            #expect(certificate.issuesAt?.hasSuffix(":00:00Z") == true)
            #expect(publication.version == 2 && at >= certificate.issuesAt ?? "")
            let text = try await certflow.succeed("apply", "-", input: flows)
            #expect(text.contains("1 version later (www.example.com") && text.contains("1 publication:"))
        }
    }

    @Test("a target that a flow does not name any more is released, and nothing is published")
    func released() async throws {
        try await Sample.withHome { certflow, _ in
            try await certflow.succeed("apply", "-", input: Sample.flows)
            try await certflow.succeed("run")
            let flows = Sample.flows.replacing("{enabled: true, profiles: [files]}", with: "{enabled: false}")
            let certificate = try #require(try await preview(certflow, flows).certificates.first)
            #expect(certificate.released == ["files/default"] && certificate.publications.isEmpty)
        }
    }

    @Test("what a new or changed flow makes people think about is said; a flow that stays is not told of again")
    func warnings() async throws {
        try await Sample.withHome { certflow, _ in
            let late = Sample.flows + "\n      renewal: {enabled: true, renew: after-expiration, days: 1}"
            #expect(try await preview(certflow, Sample.flows).certificates.first?.warnings.isEmpty == true)
            let new = try #require(try await preview(certflow, late).certificates.first)
            #expect(new.effect == "created" && new.warnings.map(\.kind).contains("outage-by-rule"))
            try await certflow.succeed("apply", "-", input: Sample.flows)
            let text = try await certflow.succeed("apply", "-", input: late)
            #expect(text.contains("! Outage by rule.") && text.contains("Applied: 1 of 1."), "\(text)")
            #expect(try await preview(certflow, late).certificates.first?.warnings.isEmpty == true)
        }
    }

    /// A weekday that is neither today nor tomorrow, in UTC.
    private static var farDay: String {
        let names = ["thursday", "friday", "saturday", "sunday", "monday", "tuesday", "wednesday"]
        return names[(Int(Date().timeIntervalSince1970) / 86_400 + 3) % 7]
    }

    private struct Preview: Decodable {
        struct Publication: Decodable {
            var target: String
            var version: Int
            var at: String?
        }
        struct Warning: Decodable {
            var kind: String
        }
        struct Certificate: Decodable {
            var effect: String
            var issues: String?
            var issuesAt: String?
            var publications: [Publication]
            var released: [String]
            var warnings: [Warning]
        }
        var certificates: [Certificate]
    }

    private func preview(_ certflow: BuiltProgram, _ flows: String) async throws -> Preview {
        let text = try await certflow.succeed("apply", "-", "--dry-run", "--output", "json", input: flows)
        return try JSONDecoder().decode(Preview.self, from: Data(text.utf8))
    }
}
