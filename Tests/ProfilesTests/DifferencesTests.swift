import Automation
import Testing

@testable import Profiles

/// What an application would change, in the words of the controls.
@Suite struct DifferencesTests {
    private let spec = CertificateSpec(name: "a", subjects: [.dns("a.example")], issuer: "own")

    @Test("a certificate does not differ from itself, wherever it was read")
    func same() {
        var moved = spec
        moved.position = .start(of: "flows.yaml")
        #expect(moved.differences(from: spec).isEmpty)
    }

    @Test("each change is a line with what was and what becomes")
    func eachChange() throws {
        let berlin = try #require(ZoneTable.shared["Europe/Berlin"])
        let changes: [(String, (inout CertificateSpec) -> Void)] = [
            ("subjects: a.example -> a.example, b.example", { $0.subjects.append(.dns("b.example")) }),
            ("issuer: own -> other", { $0.issuer = "other" }),
            (
                "fallback issuer: (none) -> other after 36h of failures",
                {
                    $0.fallback = Fallback(issuer: "other", after: .hours(36))
                }
            ),
            ("key: ecdsa-p256 -> rsa-2048", { $0.key.type = .rsa2048 }),
            ("key: ecdsa-p256 -> ecdsa-p256, kept by renewals", { $0.key.reuse = true }),
            ("label team: (none) -> web", { $0.labels["team"] = "web" }),
            ("owner: (none) -> me", { $0.owner = "me" }),
            ("note: (none) -> \"see\\nthere\"", { $0.note = "see\nthere" }),
            ("label team: (none) -> none", { $0.labels["team"] = "none" }),
            ("profiles: (none) -> none", { $0.flow.profiles = ["none"] }),
            (
                "renewal: automatic -> 30 days before expiration",
                { $0.flow.rules.renewIn = .beforeExpiration(days: 30) }
            ),
            ("renewal: automatic -> 1 day after expiration", { $0.flow.rules.renewIn = .afterExpiration(days: 1) }),
            ("renewal: automatic -> on expiration", { $0.flow.rules.renewIn = .onExpiration }),
            ("renewal: automatic -> off", { $0.flow.rules.renewalEnabled = false }),
            ("publication: off -> after renew", { $0.flow.rules.publicationEnabled = true }),
            ("profiles: (none) -> fleet, mail", { $0.flow.profiles = ["fleet", "mail"] }),
            ("if no period is left: ask me -> publish anyway", { $0.flow.rules.lastResort = .publish }),
            (
                "window: always (UTC) -> Sun 00:00-24:00 (Europe/Berlin)",
                { $0.flow.rules.window = Window(Cells(days: [.sunday], periods: Period.all), zone: berlin) }
            ),
            ("publication window: (none) -> always (UTC)", { $0.flow.rules.publicationWindow = .always }),
            ("moved earlier for a deadline: yes -> no", { $0.flow.rules.earlier = false }),
        ]
        for (line, change) in changes {
            var changed = spec
            change(&changed)
            #expect(changed.differences(from: spec) == [line])
            let (title, values) = try #require(
                line.firstRange(of: ": ").map { (line[..<$0.lowerBound], line[$0.upperBound...]) })
            let back = values.split(separator: " -> ").reversed().joined(separator: " -> ")
            #expect(spec.differences(from: changed) == ["\(title): \(back)"])
        }
    }

    @Test("two certificates that differ in anything that a file says have a difference to show", arguments: 0..<10)
    func nothingIsSilent(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<50 {
            let one = FlowsRoundTripTests.spec("a", &random)
            let other = FlowsRoundTripTests.spec("a", &random)
            #expect(one.differences(from: other).isEmpty == (one == other))
        }
    }

    @Test("a new certificate is summed up line by line")
    func summary() {
        #expect(
            spec.summary == [
                "subjects: a.example", "issuer: own", "key: ecdsa-p256", "renewal: automatic", "publication: off",
                "profiles: (none)", "if no period is left: ask me", "window: always (UTC)",
                "moved earlier for a deadline: yes",
            ])
    }
}
