import PluginKit
import Testing

@Suite("Options, held against their schema")
struct OptionSchemaTests {
    static let schema = OptionSchema([
        .init("host", .host, required: true, role: .target, example: "web-1.example.net", "Where to."),
        .init("port", .integer(1...65_535), role: .target, "Default 22."),
        .init("directory", .path, role: .place, "Where the files go."),
        .init(
            "files",
            .list(
                .group([
                    .init("name", .fileName, required: true, role: .place, "The file's name."),
                    .init("content", .content, required: true, "What it holds."),
                    .init("mode", .mode, "Permission bits."),
                ])), "The files."),
        .init("url", .url, "An address."),
        .init("layout", .choice(["versioned", "flat"]), "How they lie."),
        .init("verify", .flag, role: .manner, "Whether to look again."),
        .init("password", .secret, role: .manner, "How to get in."),
        .init("timeout", .duration(1...3600), role: .manner, "How long to wait."),
        .init("tags", .list(.text), role: .manner, "Words."),
    ])

    private func check(
        _ node: OptionNode, variables: Set<String> = ["certificate.name"],
        contents: Set<Artifact.Content> = [.fullchain, .privateKey, .pkcs12]
    ) -> OptionCheck {
        Self.schema.check(node, variables: variables, contents: contents)
    }

    private func problems(_ pairs: Sample.Pairs) -> [OptionProblem] { check(Sample.written(pairs)).problems }

    @Test("an unknown key is named with its place and the nearest known one")
    func unknownKey() {
        let problems = problems([("host", .text("a")), ("tiemout", .text("5s"))])
        #expect(problems.count == 1)
        #expect(problems.first?.message == "Unknown key `tiemout`.")
        #expect(problems.first?.remedy == "Did you mean `timeout`?")
        #expect(problems.first?.position == SourcePosition(file: "sample.yaml", line: 2, column: 1))
        #expect(problems.first?.description == "sample.yaml:2:1: Unknown key `tiemout`. Did you mean `timeout`?")
    }

    @Test("an unknown key far from all is answered with the list of them")
    func farKey() {
        let remedy = problems([("host", .text("a")), ("zzz", .text("5s"))]).first?.remedy
        #expect(remedy?.hasPrefix("Known here: `host`, `port`, `directory`") == true)
    }

    @Test("all problems are found at once, each at its own place")
    func all() {
        let problems = problems([
            ("port", .text("0")), ("directory", .text("etc")), ("verify", .text("maybe")), ("timeout", .text("2h")),
            ("password", .text("s3cret")), ("layout", .text("falt")), ("url", .text("http://a")), ("tags", .text("a")),
            ("port", .text("1")),
            (
                "files",
                .list([.group([("name", .text("a/b")), ("content", .text("fullchian")), ("mode", .text("9"))])])
            ),
        ])
        let lines = problems.map(\.position.line)
        #expect(lines.count == 13)
        #expect(Set(lines).count >= 9)
        #expect(problems.contains { $0.message == "`host` is missing." && $0.remedy.contains("web-1.example.net") })
        #expect(problems.contains { $0.message == "The key `port` stands here twice." })
        #expect(problems.contains { $0.remedy == "Did you mean `flat`?" })
        #expect(problems.allSatisfy { !$0.remedy.isEmpty })
        #expect(!problems.contains { "\($0)".contains("s3cret") }, "a secret that was written in clear is not repeated")
    }

    @Test("a group, a list and a value are told apart")
    func kinds() {
        #expect(problems([("host", .list([]))]).map(\.message) == ["This must be a single value."])
        #expect(
            problems([("host", .text("a")), ("files", .group([]))]).map(\.message) == ["This must be a list."])
        #expect(check(Sample.node(.list([]))).problems.map(\.message) == ["This must be a group of keys."])
        #expect(check(Sample.node(.scalar(""))).problems.map(\.message) == ["`host` is missing."])
    }

    @Test("content is one that the backend is handed, with a passphrase where the form takes one")
    func contents() {
        func file(_ pairs: Sample.Pairs) -> [String] {
            problems([("host", .text("a")), ("files", .list([.group([("name", .text("f"))] + pairs)]))]).map(\.message)
        }
        let passphrase: (String, Sample) = ("passphrase", .group([("secret", .text("store"))]))
        #expect(file([("content", .text("privateKey"))]) == [])
        #expect(file([("content", .text("der"))]) == ["This backend is never handed `der`."])
        #expect(file([("content", .text("pkcs12"))]) == ["`pkcs12` needs a passphrase."])
        #expect(file([("content", .text("pkcs12")), passphrase]) == [])
        #expect(
            file([("content", .text("fullchain")), passphrase]) == [
                "`fullchain` takes no passphrase; only `pkcs12` does."
            ])
        #expect(
            file([("content", .text("pkcs12")), ("passphrase", .text("1234"))]) == [
                "A secret must be a reference, not the secret itself."
            ])
    }

    @Test("templates may name what exists, and are held against their shape once they are rendered")
    func templates() throws {
        #expect(
            problems([("host", .text("{{certificate.nmae}}"))]).first?.remedy == "Did you mean `certificate.name`?")
        #expect(problems([("host", .text("{{certificate.name"))]).first?.message == "`{{` is never closed.")
        let check = check(Sample.written([("host", .text("{{ certificate.name }}"))]))
        #expect(check.problems == [])
        #expect(check.tree.variables == ["certificate.name"])
        #expect(
            try check.tree.render(TemplateVariables(["certificate.name": "www.example.com"]), secret: Secret.init)
                .text("host") == "www.example.com")
        #expect(throws: OptionProblem.self) {
            try check.tree.render(TemplateVariables(["certificate.name": "-oProxyCommand=x"]), secret: Secret.init)
        }
    }

    @Test("a rendered path can't leave its directory", arguments: ["..", "a/../../etc", "a\u{0}b"])
    func escapes(name: String) throws {
        let check = check(
            Sample.written([("host", .text("a")), ("directory", .text("/etc/tls/{{certificate.name}}"))]))
        #expect(throws: OptionProblem.self) {
            try check.tree.render(TemplateVariables(["certificate.name": name]), secret: Secret.init)
        }
    }

    @Test("values come out as they were declared")
    func values() throws {
        let node = Sample.written([
            ("host", .text("a")), ("port", .text("2222")), ("verify", .text("Yes")), ("timeout", .text("2m")),
            ("password", .group([("secret", .text("deploy"))])), ("tags", .list([.text("a"), .text("b")])),
            (
                "files",
                .list([
                    .group([("name", .text("k")), ("content", .text("privateKey")), ("mode", .text("0640"))]),
                    .group([("name", .text("f")), ("content", .text("fullchain"))]),
                    .group([("name", .text("g")), ("content", .text("privateKey"))]),
                ])
            ),
        ])
        let check = check(node)
        #expect(check.problems == [])
        #expect(check.tree.secretNames == ["deploy"])
        #expect(check.tree.artifactRequests == [ArtifactRequest(.privateKey), ArtifactRequest(.fullchain)])
        let options = try check.tree.render(TemplateVariables()) { Secret(text: "the \($0)") }
        #expect(options.integer("port") == 2222)
        #expect(options.flag("verify") == true)
        #expect(options.duration("timeout") == .seconds(120))
        #expect(options.secret("password")?.matches(Secret(text: "the deploy")) == true)
        #expect(options.texts("tags") == ["a", "b"])
        let files = options.groups("files")
        #expect(files.map { $0.artifact("content") } == [0, 1, 0])
        #expect(files.map { $0.content("content") } == [.privateKey, .fullchain, .privateKey])
        #expect(files.first?.mode("mode") == 0o640)
        #expect(options.text("port") == nil)
        #expect(throws: PluginFailure.self) { try options.required("url", options.text("url")) }
    }

    @Test("a target's own options go over those of its profile")
    func overlay() {
        let profile = Sample.written([("host", .text("a")), ("port", .text("22"))])
        let target = Sample.written([("host", .text("b"))])
        let both = profile.overlaid(by: target)
        #expect(both["host"] == target["host"])
        #expect(both["port"] == profile["port"])
        #expect(profile.overlaid(by: nil) == profile)
    }
}
