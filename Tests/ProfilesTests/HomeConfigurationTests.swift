import Automation
import Foundation
import PluginKit
import TestPeers
import Testing

@testable import Profiles

/// The settings of a home: read, or as by default, or named with what is wrong.
@Suite struct HomeConfigurationTests {
    @Test("every setting of the file is taken")
    func everything() throws {
        let (configuration, problems) = HomeConfiguration.read(SourceFile(Valid.home, path: "certflow.yaml"))
        #expect(problems.isEmpty, "\(problems)")
        let berlin = try #require(ZoneTable.shared["Europe/Berlin"])
        #expect(
            configuration
                == HomeConfiguration(
                    alerts: .init(command: ["/usr/local/bin/alert", "ops team"], timeout: .seconds(10)),
                    limits: .init(concurrent: 8, perIssuer: 4), keysAfterExpiry: .days(1),
                    keepAttempts: .days(90), proofEvery: .hours(1),
                    defaults: FlowDefaults(zone: berlin, issuer: "own", lastResort: .wait)))
    }

    @Test("alerts go to a web service, with a token, a signature and authorities of its own")
    func webhook() {
        let text =
            "alerts: {webhook: {url: https://a.example/x, token: {secret: hook}, signature: {secret: key}, "
            + "caBundle: /etc/ca.pem}, timeout: 5s}"
        let (configuration, problems) = HomeConfiguration.read(SourceFile(text, path: "certflow.yaml"))
        #expect(problems.isEmpty, "\(problems)")
        let webhook = HomeConfiguration.Webhook(
            url: "https://a.example/x", token: "hook", signature: "key", caBundle: "/etc/ca.pem")
        #expect(configuration.alerts == .init(webhook: webhook, timeout: .seconds(5)))
    }

    @Test("a secret that stands where its name or an address belongs is not shown")
    func misplaced() {
        for text in [
            "{url: \"https://u:s3cret@a.example\"}", "{url: https://a.example, token: s3cret}",
            "{url: https://a.example, token: {secret: s3cret/+=}}", "{url: https://a.example, signature: [s3cret]}",
        ] {
            let source = SourceFile("alerts: {webhook: \(text)}\n", path: "certflow.yaml")
            let problems = HomeConfiguration.read(source).problems
            #expect(!problems.isEmpty && !"\(problems)".contains("s3cret"), "\(problems)")
        }
    }

    @Test("a missing file and an empty one leave the defaults")
    func missing() async throws {
        try await withTemporaryDirectory { directory in
            let file = directory.appending(path: "certflow.yaml").path
            #expect(try HomeConfiguration.load(file: file) == HomeConfiguration())
            try Data("# nothing yet\n".utf8).write(to: URL(fileURLWithPath: file))
            #expect(try HomeConfiguration.load(file: file) == HomeConfiguration())
            try Data("limits: {perIssuer: 0}\nkeep: {atempts: 1d}\n".utf8).write(to: URL(fileURLWithPath: file))
            #expect {
                try HomeConfiguration.load(file: file)
            } throws: { error in
                (error as? ProfileProblems)?.problems.map { "\($0.position)" } == ["\(file):1:21", "\(file):2:8"]
            }
        }
    }

    @Test("the file that init writes says nothing, and its lines without their `#` say the defaults")
    func defaultText() {
        let source = SourceFile(HomeConfiguration.defaultText, path: "certflow.yaml")
        #expect(HomeConfiguration.read(source) == (HomeConfiguration(), []))
        // Prose has a capital or ends a sentence; settings are `# key:` or indented below one.
        let settings = source.text.split(separator: "\n").filter { line in
            line.hasPrefix("#   ") || (line.hasPrefix("# ") && line.hasSuffix(":"))
        }
        let text = settings.map { $0.dropFirst(2) }.joined(separator: "\n")
        let (configuration, problems) = HomeConfiguration.read(SourceFile(text, path: "certflow.yaml"))
        #expect(problems.isEmpty, "\(problems)\n\(text)")
        var expected = HomeConfiguration()
        expected.alerts = .init(command: ["/usr/local/bin/send-alert", "ops@example.com"])
        expected.defaults.issuer = "local-authority"
        expected.limits.perIssuer = 64
        #expect(configuration == expected)
        #expect(settings.count == 20)
    }

    @Test("where it serves is read: addresses of both families, behind a proxy only on this machine")
    func server() {
        let text =
            "server: {listen: \"[::1]:443\", url: https://certs.example.net/, sessions: {idle: 30m, absolute: 8h}}"
        let (configuration, problems) = HomeConfiguration.read(SourceFile(text, path: "certflow.yaml"))
        #expect(problems.isEmpty)
        #expect(configuration.server.host == "::1" && configuration.server.port == 443)
        #expect(configuration.server.url == "https://certs.example.net")
        #expect(configuration.server.idle == .minutes(30) && configuration.server.absolute == .hours(8))
        #expect(configuration.server.metrics == .local)
        let open = HomeConfiguration.read(SourceFile("server: {metrics: open}", path: "certflow.yaml"))
        #expect(open.problems.isEmpty && open.configuration.server.metrics == .open)
    }

    static let mistakes = [
        Mistake("server: {listen: ▸localhost}\n", "no address with a port", "127.0.0.1:8443"),
        Mistake("server: {listen: ▸\"::1:443\"}\n", "no address with a port", "[::]:443"),
        Mistake("server: {listen: ▸\"127.0.0.1:70000\"}\n", "no address with a port", "127.0.0.1:8443"),
        Mistake("server: {url: ▸http://a.example}\n", "no https address", "https://"),
        Mistake("server: {url: ▸\"https://a.example/x?y\"}\n", "no https address", "https://"),
        Mistake("server: {metrics: ▸all}\n", "not known as `metrics`", "local"),
        Mistake("server: {listen: \"0.0.0.0:80\", behindProxy: ▸true}\n", "not this machine alone", "127.0.0.1:PORT"),
        Mistake("▸- a\n", "must be a group", "`alerts`, `limits`"),
        Mistake("▸limit: {}\n", "Unknown key `limit`", "`limits`"),
        Mistake("alerts: ▸{timeout: 3s}\n", "`command` is missing", "[/usr/local/bin/alert, ops]"),
        Mistake("alerts: {command: ▸mail root}\n", "must be a list", "[mail, root]"),
        Mistake("alerts: {command: [a], timeout: ▸3}\n", "no such time", "from 1s to 1h"),
        Mistake("alerts: {webhook: ▸{token: {secret: a}}}\n", "`url` is missing", "https://"),
        Mistake("alerts: {webhook: {url: ▸http://a.example}}\n", "no https address", "https://"),
        Mistake("alerts: {webhook: {url: ▸https://u:p@a.example}}\n", "no https address", "`token: {secret: NAME}`"),
        Mistake("alerts: {webhook: {url: https://a.example, caBundle: ▸ca.pem}}\n", "no absolute path", "`/`"),
        Mistake(
            "alerts: {webhook: {url: https://a.example, signature: ▸{}}}\n", "must be a reference",
            "`signature: {secret: NAME}`"),
        Mistake(
            "alerts: {webhook: {url: https://a.example, token: ▸s3cret}}\n", "must be a reference",
            "`token: {secret: NAME}`"),
        Mistake("limits: {concurrent: ▸0}\n", "from 1 to 1024", "Write such a number"),
        Mistake("limits: {perIssuer: ▸many}\n", "from 1 to 1024", "Write such a number"),
        Mistake("keep: {keysAfterExpiry: ▸forever}\n", "no such time", "from 0s to 10y"),
        Mistake("keep: {attempts: ▸1h}\n", "no such time", "from 1d to 10y"),
        Mistake("keep: {▸attemps: 1d}\n", "Unknown key `attemps`", "`attempts`"),
        Mistake("proof: {every: ▸1s}\n", "no such time", "from 1m to 30d"),
        Mistake("defaults: {timeZone: ▸Mars/Olympus}\n", "no time zone", "IANA name"),
        Mistake("defaults: {issuer: ▸a b}\n", "can't be a name", "letters, digits"),
        Mistake("defaults: {lastResort: ▸panic}\n", "not known as `lastResort`", "`ask`, `publish`, `wait`"),
        Mistake("defaults: ▸none\n", "must be a group", "`timeZone`"),
        Mistake("a: [b\n▸", "list that begins in line 1", "`]`"),
    ]

    @Test("a mistake is named with its place and its remedy", arguments: mistakes)
    func mistake(_ mistake: Mistake) { mistake.expect(in: HomeConfiguration.read(mistake.source).problems) }
}
