import Automation
import PluginKit
import Testing

@testable import Profiles

/// Whatever a person can get wrong in a file of flows is named with its place and its remedy.
@Suite struct FlowMistakeTests {
    private static func entry(_ text: String, _ message: String, _ remedy: String) -> Mistake {
        Mistake("certificates:\n  - {\(text)}\n", message, remedy)
    }

    private static func certificate(_ text: String, _ message: String, _ remedy: String) -> Mistake {
        entry("name: a, subjects: [a.example], issuer: own, \(text)", message, remedy)
    }

    private static func flow(_ text: String, _ message: String, _ remedy: String) -> Mistake {
        certificate("flow: {\(text)}", message, remedy)
    }

    static let mistakes = files + certificates + stages + windows

    static let files = [
        Mistake("▸# nothing\n", "The file is empty", "Begin with `certificates:`"),
        Mistake("▸{}\n", "`certificates` is missing", "Begin with `certificates:`"),
        Mistake("certificates: ▸{name: a}\n", "`certificates` must be a list", "- a"),
        Mistake("▸certificate: []\ncertificates: []\n", "Unknown key `certificate`", "`certificates`"),
        Mistake("certificates: [▸a]\n", "must be a group", "`name`, `subjects`"),
        Mistake(
            "certificates:\n  - {name: a, subjects: [a.example], issuer: own}\n  - {name: ▸a, subjects: [b.example], issuer: own}\n",
            "`a` stands at mistake.yaml:2:12 already", "another name"),
    ]

    static let certificates = [
        Mistake("certificates:\n  - ▸{subjects: [a.example], issuer: own}\n", "`name` is missing", "www.example.com"),
        Mistake("certificates:\n  - ▸{name: a, issuer: own}\n", "`subjects` is missing", "[www.example.com"),
        Mistake("certificates:\n  - ▸{name: a, subjects: [a.example]}\n", "`issuer` is missing", "certflow.yaml"),
        entry("name: ▸-a, subjects: [a.example], issuer: own", "can't be a name", "letters, digits"),
        entry("name: ▸[a], subjects: [a.example], issuer: own", "takes a single value", "one value"),
        entry("name: a, subjects: ▸[], issuer: own", "at least one subject", "[www.example.com"),
        entry("name: a, subjects: ▸a.example, issuer: own", "`subjects` must be a list", "[www.example.com"),
        entry("name: a, subjects: [▸\"https://a.example/\"], issuer: own", "no DNS name", "without scheme"),
        entry("name: a, subjects: [▸\"a.example b.example\"], issuer: own", "no DNS name", "item of its own"),
        entry("name: a, subjects: [▸\"a.*.example\"], issuer: own", "no DNS name", "`*.example.com`"),
        entry("name: a, subjects: [▸me@a.example], issuer: own", "no DNS name", "mail"),
        entry("name: a, subjects: [▸\"ä.example\"], issuer: own", "no DNS name", "`xn--`"),
        entry("name: a, subjects: [▸\"a.example:443\"], issuer: own", "no DNS name", "without a port"),
        entry("name: a, subjects: [▸192.0.2.256], issuer: own", "no IP address", "`192.0.2.7`"),
        entry("name: a, subjects: [▸\"\"], issuer: own", "has no value", "Give it one"),
        entry(
            "name: a, subjects: [a.example, ▸A.EXAMPLE.], issuer: own", "`a.example` stands here twice", "Remove one"),
        entry("name: a, subjects: [a.example], issuer: ▸oen", "no issuing profile `oen`", "`own`"),
        entry(
            "name: a, subjects: [a.example], issuer: ▸fleet", "no issuing profile `fleet`",
            "profiles/issuing/fleet.yaml"),
        certificate("fallback: {issuer: ▸oen}", "no issuing profile `oen`", "`own`"),
        certificate("fallback: {issuer: ▸own}", "`own` is the certificate's issuer already", "Name another"),
        certificate("fallback: ▸{after: 5d}", "`issuer` is missing", "takes over"),
        certificate("fallback: ▸own", "must be a group", "`issuer`, `after`"),
        certificate("key: {type: ▸rsa-1024}", "`rsa-1024` is not known", "`rsa-2048`"),
        certificate("key: {▸size: 2048}", "Unknown key `size`", "`type`"),
        certificate("key: ▸rsa-2048", "must be a group", "`type`, `reuse`"),
        certificate("key: {reuse: ▸perhaps}", "neither yes nor no", "`reuse: true`"),
        certificate("labels: ▸[team]", "`labels` must be a group", "{team: web}"),
        certificate("labels: {▸a b: c}", "can't be a name", "letters, digits"),
        certificate("labels: {team: ▸[a]}", "`team` takes a single value", "one value"),
        certificate("owner: ▸\"a\\nb\"", "control characters", "Remove them"),
        certificate("note: ▸\"\\e]0;x\\a\"", "control characters", "Remove them"),
        certificate("▸window: {}", "Unknown key `window`", "under `flow`"),
        certificate("▸subject: b.example", "Unknown key `subject`", "`subjects`"),
    ]

    static let stages = [
        flow("▸renew: automatic", "Unknown key `renew`", "under `renewal`"),
        flow("▸profiles: [fleet]", "Unknown key `profiles`", "under `publication`"),
        flow("▸timeZone: UTC", "Unknown key `timeZone`", "under `window`"),
        flow("▸enabled: true", "Unknown key `enabled`", "`renewal` or `publication`"),
        flow("renewal: {enabled: ▸ja}", "neither yes nor no", "`enabled: true`"),
        flow("renewal: {renew: ▸before-expiry, days: 3}", "not known as `renew`", "`before-expiration`"),
        flow("renewal: {renew: before-expiration, days: ▸0}", "from 1 to 365", "Write such a number"),
        flow("renewal: {renew: before-expiration, days: ▸366}", "from 1 to 365", "Write such a number"),
        flow("renewal: {renew: after-expiration, days: ▸30d}", "from 1 to 365", "Write such a number"),
        flow("renewal: ▸{renew: before-expiration}", "`days` is missing", "`days: 30`"),
        flow("renewal: {renew: automatic, ▸days: 30}", "`renew: automatic` takes no `days`", "before-expiration"),
        flow("renewal: {▸days: 30}", "`renew: automatic` takes no `days`", "before-expiration"),
        flow("renewal: {renew: on-expiration, ▸days: 30}", "`renew: on-expiration` takes no", "Remove `days`"),
        flow("publication: ▸{enabled: true}", "no profile says where to", "`profiles: [NAME]`"),
        flow("publication: {enabled: true, profiles: ▸[]}", "no profile says where to", "`profiles: [NAME]`"),
        flow("publication: ▸{profiles: [fleet]}", "`enabled` is missing", "`enabled: true`"),
        flow("publication: {enabled: true, profiles: [▸fleat]}", "no publishing profile `fleat`", "`fleet`"),
        flow("publication: {enabled: true, profiles: [fleet, ▸fleet]}", "`fleet` stands here twice", "Remove one"),
        flow("publication: {enabled: true, profiles: ▸fleet}", "`profiles` must be a list", "[nginx-files]"),
        flow(
            "publication: {enabled: true, ▸profile: fleet, profiles: [fleet]}", "Unknown key `profile`",
            "`profiles: [NAME]`"),
        flow("publication: {publish: ▸afterRenew}", "not known as `publish`", "`after-renew`"),
        flow("publication: {lastResort: ▸never}", "not known as `lastResort`", "`ask`, `publish`, `wait`"),
        flow("publication: {enabled: true, ▸profils: [fleet]}", "Unknown key `profils`", "`profiles`"),
        flow("renewal: {▸renw: before-expiration, days: 30}", "Unknown key `renw`", "`renew`"),
        flow("publication: {▸renew: automatic}", "Unknown key `renew`", "here it is `publish`"),
    ]

    static let windows = [
        flow("window: {timeZone: ▸Europe/Berln}", "no time zone `Europe/Berln`", "`Europe/Berlin`"),
        flow("window: {timeZone: ▸Berlin}", "no time zone", "`Europe/Berlin`"),
        flow("window: {timeZone: ▸europe/berlin}", "no time zone", "`Europe/Berlin`"),
        flow("window: {timeZone: ▸new york}", "no time zone", "`America/New_York`"),
        flow("window: {timeZone: ▸CEST}", "no time zone", "`timedatectl list-timezones`"),
        flow("window: {timeZone: ▸\"GMT+2\"}", "no time zone", "IANA name"),
        flow("window: {timeZone: ▸\"../../etc/passwd\"}", "no time zone", "IANA name"),
        flow("window: {days: [▸tue]}", "`tue` is not known in `days`", "Write `tuesday`"),
        flow("window: {days: [▸wendesday]}", "not known in `days`", "`wednesday`"),
        flow("window: {days: ▸weekend}", "must be a list or `all`", "`days: all`"),
        flow("window: {periods: [▸\"00:00-06:00\"]}", "not known in `periods`", "\"00:00-04:00\", \"04:00-08:00\""),
        flow("window: {periods: ▸{a: b}}", "must be a list or `all`", "`periods: all`"),
        flow("window: {▸day: all}", "Unknown key `day`", "`days`"),
        flow("window: {open: {▸sunday1: all}}", "Unknown key `sunday1`", "`sunday`"),
        flow("window: {open: {sunday: [▸noon]}}", "not known in `sunday`", "A day has six"),
        flow("window: {open: {sunday: all}, ▸days: all}", "either `open` or", "Remove `days`"),
        flow("window: {open: {sunday: all}, ▸periods: all}", "either `open` or", "Remove `periods`"),
        flow("window: ▸{days: []}", "never opens, and renewal is enabled", "Open at least one"),
        flow("window: ▸{open: {sunday: []}}", "never opens, and renewal is enabled", "switch the stage off"),
        flow(
            "publication: {enabled: true, profiles: [fleet]}, publicationWindow: ▸{days: []}",
            "never opens, and publication is enabled", "Open at least one"),
        flow(
            "renewal: {enabled: false}, publication: {enabled: true, profiles: [fleet]}, window: ▸{periods: []}",
            "never opens, and publication is enabled", "Open at least one"),
        flow("publicationWindow: {▸earlier: true}", "Unknown key `earlier`", "under `window`"),
        flow("window: {earlier: ▸maybe}", "neither yes nor no", "`earlier: true`"),
    ]

    @Test("a mistake is named with its place and its remedy", arguments: mistakes)
    func mistake(_ mistake: Mistake) {
        let (specs, problems) = FlowsFile.parse([mistake.source], profiles: Valid.profiles)
        #expect(specs.count <= 1)
        mistake.expect(in: problems)
    }

    @Test("a flow that names a broken profile is told what is wrong with it")
    func brokenProfile() {
        var set = Valid.profiles
        let cause = OptionProblem(
            SourcePosition(file: "mail.yaml", line: 3, column: 4), "It is broken.", remedy: "Mend it.")
        set.brokenPublishing["mail"] = [cause]
        let (_, problems) = FlowsFile.parse(
            "certificates: [{name: a, subjects: [a.example], issuer: own, "
                + "flow: {publication: {enabled: true, profiles: [mail]}}}]", file: "flows.yaml", profiles: set)
        #expect(
            problems.map(\.message) == ["The publishing profile `mail` can't be used: mail.yaml:3:4: It is broken."])
        #expect(problems.map(\.remedy) == ["Mend it."])
    }

    @Test("a thousand mistakes are told in good time")
    func many() {
        let text = "certificates:\n" + String(repeating: "  - {nme: a, sbjects: [], isuer: x}\n", count: 1000)
        #expect(FlowsFile.parse(text, file: "flows.yaml").problems.count == 3000)
    }
}
