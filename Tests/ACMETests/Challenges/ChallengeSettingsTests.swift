import Automation
import Foundation
import PluginKit
import TestPeers
import Testing

@testable import ACME

@Suite("options of challenges")
struct ChallengeSettingsTests {
    private static let update: Options.Value = .group(Options(["server": .text("ns1.example.com")]))

    private func refuse(
        _ options: [String: Options.Value], naming words: String..., sourceLocation: SourceLocation = #_sourceLocation
    ) async {
        let failure = await ChallengeBench.expect(
            .configuration, "acme.challenge-option", sourceLocation: sourceLocation
        ) {
            try ChallengeSettings(Options(options))
        }
        for word in words {
            #expect(failure?.message.contains(word) == true, "\(word)", sourceLocation: sourceLocation)
        }
    }

    private func dns(_ group: [String: Options.Value]) -> [String: Options.Value] {
        ["dns01": .list([.group(Options(group))])]
    }

    @Test("nothing set up proves nothing")
    func empty() throws {
        let settings = try ChallengeSettings(Options())
        #expect(settings.order.isEmpty && settings.http01 == nil && settings.tlsALPN01 == nil && settings.dns01.isEmpty)
    }

    @Test("what is set up is used in the standard order, or in the profile's")
    func order() throws {
        var options: [String: Options.Value] = [
            "tlsALPN01": .group(Options()), "http01": .group(Options()), "dns01": .list([Self.update]),
        ]
        let settings = try ChallengeSettings(Options(options))
        #expect(settings.order == [.http01, .dns01, .tlsALPN01])
        #expect(
            settings.http01
                == .listen([HostPort(host: "0.0.0.0", port: 80), HostPort(host: "::", port: 80)], isStandard: true))
        #expect(settings.tlsALPN01?.map(\.port) == [443, 443] && settings.tlsALPN01IsStandard)
        options["challenges"] = .list([.text("dns-01"), .text("http-01")])
        #expect(try ChallengeSettings(Options(options)).order == [.dns01, .http01])
    }

    @Test("forms fit the name: wildcards by dns-01 alone, addresses never by it")
    func forms() throws {
        let bench = ChallengeBench()
        let solvers = try bench.solvers(
            Options([
                "tlsALPN01": .group(Options()), "http01": .group(Options()),
                "dns01": .list([
                    .group(Options(["server": .text("ns1.example.com"), "zones": .list([.text("example.com")])]))
                ]),
            ]))
        #expect(solvers.forms(.dns("www.example.com")) == [.http01, .dns01, .tlsALPN01])
        #expect(solvers.forms(.dns("*.example.com")) == [.dns01])
        #expect(solvers.forms(.dns("www.badexample.com")) == [.http01, .tlsALPN01])
        #expect(solvers.forms(.dns("*.example.org")).isEmpty)
        #expect(solvers.forms(.ip([192, 0, 2, 1])) == [.http01, .tlsALPN01])
    }

    @Test("a form that can't prove a name has no solver for it")
    func noSolver() async throws {
        let solvers = try ChallengeBench().solvers(Options(["http01": .group(Options())]))
        for (form, subject) in [
            (Challenge.Form.dns01, Subject.dns("a.test")), (.http01, .dns("*.a.test")), (.dnsPersist01, .dns("a.test")),
        ] {
            await ChallengeBench.expect(.configuration, "acme.no-solver") {
                _ = try await solvers.solver(form, subject)
            }
        }
    }

    @Test("the longest zone that fits a name wins, and a group without zones serves the rest")
    func zones() throws {
        func group(_ server: String, _ zones: [String]) -> Options.Value {
            .group(Options(["server": .text(server), "zones": .list(zones.map { .text($0) })]))
        }
        let settings = try ChallengeSettings(
            Options([
                "dns01": .list([
                    group("a.test", ["example.com", "Example.ORG."]), group("b.test", []),
                    group("c.test", ["sub.example.com"]),
                ])
            ]))
        func server(_ text: String) throws -> String? {
            guard case .update(let server, _) = settings.dns01(for: try #require(Subject(text)))?.method else {
                return nil
            }
            return server.host
        }
        #expect(try server("example.com") == "a.test")
        #expect(try server("*.example.org") == "a.test")
        #expect(try server("www.sub.example.com") == "c.test")
        #expect(try server("*.sub.example.com") == "c.test")
        #expect(try server("notexample.com") == "b.test")
        #expect(try server("192.0.2.1") == nil)
    }

    @Test("a publishing profile's solver is the host's")
    func publishing() async throws {
        struct Hosted: ChallengeSolver {
            func present(_ challenge: Challenge, _ journal: any Journal) async throws -> Handle { try Handle("hosted") }
            func propagated(_ challenge: Challenge, _ handle: Handle) async throws -> Bool { true }
            func cleanUp(_ challenge: Challenge, _ handle: Handle) async throws {}
        }
        let bench = ChallengeBench()
        var context = bench.context
        context.solver = { name in
            #expect(name == "challenge-files")
            return Hosted()
        }
        let options = Options(["http01": .group(Options(["publishing": .text("challenge-files")]))])
        let solvers = ChallengeSolvers(try ChallengeSettings(options), context, bench.listeners)
        #expect(try await solvers.solver(.http01, .dns("a.test")) is Hosted)
    }

    @Test("options that contradict each other are refused, by their names")
    func contradictions() async throws {
        let places: Options.Value = .list([.text("0.0.0.0:80")])
        let secret: Options.Value = .secret(Secret(text: "c2VjcmV0"))
        await refuse(
            ["http01": .group(Options(["listen": places, "webroot": .text("/srv")]))], naming: "`listen`", "`webroot`")
        await refuse(
            ["http01": .group(Options(["publishing": .text("a"), "webroot": .text("/srv")]))], naming: "`publishing`")
        await refuse(["http01": .group(Options(["publishing": .text("../a")]))], naming: "http01.publishing")
        await refuse(["challenges": .list([.text("dns-01")])], naming: "dns-01", "`dns01`")
        await refuse(["challenges": .list([.text("dns-02")])], naming: "dns-02")
        await refuse(
            ["challenges": .list([.text("http-01"), .text("http-01")]), "http01": .group(Options())], naming: "twice")
        await refuse(dns([:]), naming: "dns01[1]", "`server`", "`hook`")
        let server: Options.Value = .text("ns1.example.com:53")
        await refuse(dns(["server": server, "hook": .list([.text("a")])]), naming: "`hook`", "`server`")
        await refuse(dns(["hook": .list([.text("a")]), "ttl": .integer(1)]), naming: "`ttl`")
        await refuse(dns(["server": server, "hookConvention": .text("lego")]), naming: "`hookConvention`")
        await refuse(dns(["server": server, "cleanupHook": .list([.text("a")])]), naming: "`cleanupHook`")
        await refuse(dns(["hook": .list([.text("a")]), "cleanupHook": .list([.text("b")])]), naming: "`cleanupHook`")
        await refuse(dns(["server": server, "keyName": .text("k")]), naming: "`keyName`", "`key`")
        await refuse(dns(["server": server, "key": secret]), naming: "`key`", "`keyName`")
        await refuse(dns(["server": server, "keyAlgorithm": .text("hmac-sha256")]), naming: "`keyAlgorithm`")
        await refuse(dns(["server": server, "keyName": .text(".."), "key": secret]), naming: "keyName")
        await refuse(
            dns(["server": server, "keyName": .text("k"), "key": .secret(Secret(text: "no base64!"))]),
            naming: "dns01[1].key")
        await refuse(["dns01": .list([Self.update, Self.update])], naming: "`zones`")
    }

    @Test("places that can't be are refused")
    func places() async {
        for text in [
            "80", "localhost:80", "0.0.0.0", "0.0.0.0:0", "0.0.0.0:65536", "::1:80", "[::1]", "[::1", "0.0.0.0:+1",
        ] {
            await refuse(["http01": .group(Options(["listen": .list([.text(text)])]))], naming: "http01.listen")
            await refuse(["tlsALPN01": .group(Options(["listen": .list([.text(text)])]))], naming: "tlsALPN01.listen")
        }
        await refuse(dns(["server": .text("a b")]), naming: "server")
        await refuse(
            dns(["server": .text("ns1.example.com"), "resolver": .text("ns1.example.com")]), naming: "resolver")
        await refuse(
            dns(["server": .text("ns1.example.com"), "zones": .list([.text("*.example.com")])]), naming: "zones")
        await refuse(dns(["server": .text("ns1.example.com"), "zones": .list([.text("192.0.2.1")])]), naming: "zones")
    }

    @Test("places are written as they are read", arguments: ["192.0.2.1:53", "[2001:db8::1]:53", "ns1.example.com:53"])
    func hostPort(text: String) throws {
        #expect(HostPort(text)?.description == text)
        #expect(HostPort(String(text.dropLast(3)), defaultPort: 53)?.description == text)
    }

    @Test("every option of a profile passes the schema and becomes a setting")
    func schema() throws {
        let here = SourcePosition(file: "profile.yaml", line: 1, column: 1)
        func scalar(_ text: String) -> OptionNode { OptionNode(.scalar(text), at: here) }
        func list(_ texts: String...) -> OptionNode { OptionNode(.list(texts.map(scalar)), at: here) }
        func group(_ entries: KeyValuePairs<String, OptionNode>) -> OptionNode {
            OptionNode(.group(entries.map { .init(key: $0.key, keyPosition: here, node: $0.value) }), at: here)
        }
        let node = group([
            "challenges": list("dns-01", "tls-alpn-01", "http-01"),
            "http01": group(["webroot": scalar("/var/www//html/")]),
            "tlsALPN01": group(["listen": list("127.0.0.1:8443")]),
            "dns01": OptionNode(
                .list([
                    group([
                        "zones": list("example.com"), "server": scalar("[2001:db8::1]:5353"),
                        "keyName": scalar("acme."),
                        "keyAlgorithm": scalar("hmac-sha512"), "key": group(["secret": scalar("tsig")]),
                        "resolver": scalar("192.0.2.53"), "checkPropagation": scalar("no"), "wait": scalar("1m"),
                        "ttl": scalar("5"),
                    ]),
                    group([
                        "hook": list("/etc/hook", "a"), "hookConvention": scalar("certbot"),
                        "cleanupHook": list("/etc/cleanup"),
                    ]),
                ]), at: here),
        ])
        let check = OptionSchema(ChallengeSettings.fields).check(node, variables: [])
        #expect(check.problems.isEmpty)
        let options = try check.tree.render(TemplateVariables()) { _ in Secret(text: " c2VjcmV0\n") }
        let settings = try ChallengeSettings(options)
        #expect(settings.order == [.dns01, .tlsALPN01, .http01])
        #expect(settings.http01 == .webroot("/var/www/html"))
        #expect(settings.tlsALPN01 == [HostPort(host: "127.0.0.1", port: 8443)] && !settings.tlsALPN01IsStandard)
        let update = settings.dns01[0]
        #expect(update.resolver == HostPort(host: "192.0.2.53", port: 53) && update.ttl == 5)
        #expect(!update.checksPropagation && update.wait == .seconds(60) && update.zones == ["example.com"])
        guard case .update(let server, let key?) = update.method else { throw PluginFailure.challengeForm() }
        #expect(
            server.description == "[2001:db8::1]:5353" && key.name.description == "acme." && key.algorithm == .sha512)
        guard case .hook(let command, let cleanUp, let convention) = settings.dns01[1].method else {
            throw PluginFailure.challengeForm()
        }
        #expect(command == ["/etc/hook", "a"] && cleanUp == ["/etc/cleanup"] && convention == .certbot)
    }

    @Test("a dry run opens listeners for a moment, looks for the webroot, and asks the zone's server")
    func dryRun() async throws {
        let bench = ChallengeBench()
        let (http, tls) = (try FreePort.next(), try FreePort.next())
        func listen(_ port: Int) -> Options.Value {
            .group(Options(["listen": .list([.text("127.0.0.1:\(port)")])]))
        }
        let good = try await bench.solvers(Options(["http01": listen(http), "tlsALPN01": listen(tls)])).check()
        #expect(good.map(\.weight) == [.fact, .fact])
        #expect(bench.listeners.http.count == 0 && bench.listeners.tls.count == 0)
        let bad = try await bench.solvers(
            Options([
                "http01": .group(Options(["webroot": .text("/nowhere/at/all")])),
                "dns01": .list([
                    .group(Options(["server": .text("127.0.0.1:1"), "zones": .list([.text("example.com")])]))
                ]),
            ])
        ).check()
        #expect(bad.map(\.weight) == [.problem, .problem] && bad.allSatisfy { $0.remedy != nil })
        let none = try await bench.solvers(Options()).check()
        #expect(none.map(\.weight) == [.warning])
        await bench.listeners.close()
    }

    @Test("the machine's name servers are read as the C library reads them")
    func nameServers() {
        let text = """
            # a comment
            search example.com
            nameserver 192.0.2.1
            nameserver\t2001:db8::1
            nameserver nonsense
            nameserver 192.0.2.2 # third
            nameserver 192.0.2.3
            """
        #expect(
            NameServers.servers(in: text).map(\.description) == ["192.0.2.1:53", "[2001:db8::1]:53", "192.0.2.2:53"])
        #expect(NameServers.system("/nowhere").map(\.description) == ["127.0.0.1:53"])
    }
}
