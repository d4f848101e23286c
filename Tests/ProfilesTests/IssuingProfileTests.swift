import Automation
import PluginKit
import Testing

@testable import Profiles

/// An issuing profile's file becomes values, or problems with their places and remedies.
@Suite struct IssuingProfileTests {
    @Test("every part of the file is in the profile")
    func everything() throws {
        let reading = IssuingProfile.read(SourceFile(Valid.issuing, path: "own.yaml"), registry: Backends.registry)
        #expect(reading.problems.isEmpty)
        let profile = try #require(reading.profile)
        #expect(profile.name == "own")
        #expect(profile.description == "Our own authority")
        #expect(profile.issuer == "local-authority")
        #expect(profile.options.values["lifetime"] == .duration(.seconds(600)))
        #expect(profile.options.secretNames == ["account-key"])
        #expect(profile.file == "own.yaml")
    }

    @Test("a shorter life that the CA has announced is read, by its day or its moment")
    func announced() {
        let text =
            Self.head + "announced:\n  - {from: 2027-03-15, lifetime: 100d}\n"
            + "  - {from: \"2029-03-15T12:00:00+02:00\", lifetime: 47d}\n"
        let reading = IssuingProfile.read(SourceFile(text, path: "own.yaml"), registry: Backends.registry)
        let days: [(String, Int64)] = [("2027-03-15T00:00:00Z", 100), ("2029-03-15T10:00:00Z", 47)]
        #expect(reading.profile?.announced.map(\.from.rfc3339) == days.map(\.0))
        #expect(reading.profile?.announced.map(\.length) == days.map { .days($0.1) })
    }

    @Test("options need not be given")
    func bare() {
        let reading = IssuingProfile.read(
            SourceFile("profile: own\nissuer: local-authority\n", path: "own.yaml"), registry: Backends.registry)
        #expect(reading.profile?.options == OptionTree())
    }

    static let head = "profile: own\nissuer: local-authority\n"

    static let mistakes = [
        Mistake("▸\n", "The file is empty", "`issuer: local-authority`"),
        Mistake("▸profile: own\n", "`issuer` is missing", "`issuer: local-authority`"),
        Mistake(
            "profile: own\nissuer: ▸local-authorty\n", "no issuer `local-authorty`", "Did you mean `local-authority`?"),
        Mistake(head + "▸publisher: filesystem\n", "Unknown key `publisher`", "profiles/publishing"),
        Mistake(head + "▸lifetime: 90d\n", "Unknown key `lifetime`", "move it under `with`"),
        Mistake(head + "with: {lifetime: ▸90}\n", "`90` is not", "such as `30s`"),
        Mistake(head + "with: {▸lifetme: 90d}\n", "Unknown key `lifetme`", "`lifetime`"),
        Mistake(head + "announced: ▸100d\n", "must be a list", "from: 2027-03-15"),
        Mistake(head + "announced: [▸{lifetime: 100d}]\n", "`from` is missing", "from: 2027-03-15"),
        Mistake(head + "announced: [▸{from: 2027-03-15}]\n", "`lifetime` is missing", "lifetime: 100d"),
        Mistake(head + "announced: [{from: ▸soon, lifetime: 100d}]\n", "`soon` is no day", "2027-03-15"),
        Mistake(head + "announced: [{from: 2027-03-15, lifetime: ▸100}]\n", "`100` is no such time", "`30s`"),
        Mistake(head + "announced: [{▸form: 2027-03-15, lifetime: 100d}]\n", "Unknown key `form`", "`from`"),
        Mistake(head + "with: ▸[a]\n", "must be a group", "`key: value`"),
        Mistake(head + "with: {permittedNames: [▸\"{{certificate.name}}\"]}\n", "no variable", "Nothing of the kind"),
    ]

    @Test("a mistake is named with its place and its remedy", arguments: mistakes)
    func mistake(_ mistake: Mistake) {
        let reading = IssuingProfile.read(mistake.source, stem: "own", registry: Backends.registry)
        #expect(reading.profile == nil)
        mistake.expect(in: reading.problems)
    }
}
