import Foundation
import Testing

@testable import PluginKit

@Suite("Filters and texts that a backend finishes")
struct TemplateFilterTests {
    private var variables: TemplateVariables {
        var variables = TemplateVariables([
            "name": "a/b?ü", "quoted": "\"\\\n\u{1}", "abc": "abc", "star": "*.example.com",
        ])
        variables.set("hidden", to: "s3cret", secret: true)
        return variables
    }

    @Test(
        "change a value before it stands in the text",
        arguments: [
            ("{{name | url}}", "a%2Fb%3F%C3%BC"), ("{{abc|base64}}", "YWJj"), ("{{name | base64url}}", "YS9iP8O8"),
            ("{{abc | hex}}", "616263"), ("<{{quoted | json}}>", #"<"\"\\\n\u0001">"#),
            ("{{abc | sha256}}", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            ("{{abc | sha256 | base64}}", "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="),
            ("{{abc | base64 | json}}", "\"YWJj\""), ("{{abc | length}}-{{abc | last}}", "3-2"),
            ("{{name | dashed}}", "a-b"), ("{{star | dashed}}", "example-com"),
        ])
    func filters(text: String, expected: String) throws {
        #expect(try Template(text).render(variables).text == expected)
        let spaced = try Template(text)
        #expect(try Template(spaced.source) == spaced, "it is written as it is read")
    }

    @Test("one that does not exist names the nearest")
    func unknown() {
        let problem = #expect(throws: TemplateProblem.self) { try Template("{{abc | base46}}") }
        #expect(problem?.remedy == "Did you mean `base64`?")
    }

    @Test(
        "SHA-256 is that of FIPS 180-4, whatever the length",
        arguments: [0, 1, 55, 56, 63, 64, 65, 119, 120, 128, 1000])
    func digests(length: Int) {
        // From `head -c LENGTH /dev/zero | sha256sum`.
        let expected = [
            0: "e3b0c442", 1: "6e340b9c", 55: "02779466", 56: "d4817aa5", 63: "c7723fa1", 64: "f5a5fd42",
            65: "98ce42de", 119: "f616b0d5", 120: "6edd9f6f", 128: "38723a2e", 1000: "541b3e9d",
        ]
        let digest = SHA256.digest([UInt8](repeating: 0, count: length)).prefix(4)
        #expect(digest.map { String(format: "%02x", $0) }.joined() == expected[length])
    }

    @Test("a secret stays masked through every filter")
    func masking() throws {
        for filter in TemplateFilter.allCases {
            let rendered = try Template("a {{hidden | \(filter.rawValue)}} b").render(variables)
            #expect(rendered.masked == "a (secret) b")
        }
    }

    private func deferred(_ text: String) throws -> DeferredText {
        try DeferredText(Template(text, isDeferred: true), variables) { Secret(text: "secret of \($0)") }
    }

    @Test("what the host does not know is left to the backend, with its filters")
    func finishing() throws {
        let text = try deferred("{{abc}} {{secret.token}} {{content.key | hex}} {{value.id}}")
        #expect(text.names == ["content.key", "value.id"])
        #expect(text.masked == "abc (secret) {{content.key | hex}} {{value.id}}")
        let values: [String: DeferredText.Value] = [
            "content.key": .init("K", isSecret: true), "value.id": .init("7"),
        ]
        let rendered = try #require(try text.render { values[$0] })
        #expect(rendered.text == "abc secret of token 4b 7")
        #expect(rendered.masked == "abc (secret) (secret) 7")
        #expect(throws: TemplateProblem.self) { try text.render { _ in nil } }
    }

    @Test("an optional value that is missing leaves out the whole text")
    func optional() throws {
        let text = try deferred("id={{value.id | optional}}")
        #expect(try text.render { _ in nil } == nil)
        #expect(try text.render { _ in .init("7") }?.text == "id=7")
    }

    @Test("JSON is serialised: no value breaks out of its place, and secrets stay marked")
    func json() throws {
        let json = JSONTemplate<DeferredText>.object([
            .init(name: "a\"b", value: .text(try deferred("{{quoted}}{{secret.token}}"))),
            .init(name: "left out", value: .text(try deferred("{{value.id | optional}}"))),
            .init(name: "list", value: .list([.literal("3"), .text(try deferred("{{value.id | optional}}"))])),
        ])
        let text = try #require(try json.serialized { try $0.render { _ in nil } })
        #expect(text.text == #"{"a\"b":"\"\\\n\u0001secret of token","list":[3]}"#)
        #expect(text.masked == #"{"a\"b":"\"\\\n\u0001(secret)","list":[3]}"#)
    }

    @Test(
        "only what JSON itself calls a number or a word is one",
        arguments: [
            ("0", true), ("-1.5e+3", true), ("true", true), ("007", false), ("1.", false), ("yes", false),
            ("1e", false),
            ("", false), ("-", false), (".5", false), ("1x", false), ("NaN", false),
        ])
    func literals(text: String, isLiteral: Bool) {
        #expect(JSONTemplate<Template>.isLiteral(text) == isLiteral)
    }

    private static let schema = OptionSchema([
        .init(
            "contents", .list(.group([.init("name", .text, "Its name."), .init("content", .content, "What.")])), "All."),
        .init("body", .template, "The body."), .init("json", .json, "The same."),
        .init("headers", .map(.template), role: .manner, "Headers."),
    ])

    private func check(_ body: String) -> OptionCheck {
        Self.schema.check(
            Sample.written([
                ("contents", .list([.group([("name", .text("key")), ("content", .text("privateKey"))])])),
                ("body", .text(body)), ("json", .group([("a", .list([.text(body)]))])),
                ("headers", .group([("X-One", .text("{{secret.token}}"))])),
            ]), variables: ["abc"], contents: [.privateKey])
    }

    @Test("a schema lets such texts name contents that are declared, secrets, and what its backend gives")
    func schema() throws {
        let tree = check("{{content.key}}{{secret.other}}{{value.id}}{{abc}}").tree
        #expect(tree.secretNames == ["token", "other"])
        #expect(tree.artifactRequests == [ArtifactRequest(.privateKey)])
        #expect(check("{{content.key}}").problems.isEmpty)
        #expect(check("{{content.kye}}").problems.map(\.remedy) == ["Did you mean `key`?", "Did you mean `key`?"])
        #expect(check("{{secret.-x}}").problems.count == 2)
        #expect(check("{{abd}}").problems.map(\.remedy) == ["Did you mean `abc`?", "Did you mean `abc`?"])
    }

    @Test("what is rendered decides whether a target holds it: contents and texts, not secrets and headers")
    func identity() throws {
        func form(_ body: String, secret: String = "1", digest: String = "1") throws -> Data {
            let options = try check(body).tree.render(variables) { _ in Secret(text: secret) }
            let artifact = Artifact(content: .privateKey, digest: Data(digest.utf8), bytes: Secret(text: ""))
            return options.canonicalForm(Self.schema, artifacts: [artifact])
        }
        let one = try form("{{content.key}}{{secret.x}}")
        #expect(try form("{{content.key}}{{secret.x}}", secret: "2") == one)
        #expect(try form("{{content.key}}{{secret.x}}", digest: "2") != one)
        #expect(try form("{{content.key}}{{secret.y}}") != one)
        #expect(try form("{{content.key | hex}}{{secret.x}}") != one)
    }
}
