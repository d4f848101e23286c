import Foundation
import PluginKit
import Testing

@Suite("What makes a publication another one")
struct OptionIdentityTests {
    private func options(
        host: String = "a", directory: String = "/etc/tls", mode: String? = nil, timeout: String = "30s",
        password: String = "one", content: String = "fullchain", names: [String] = ["f.pem"]
    ) throws -> Options {
        let files = names.map { name in
            Sample.group(
                [("name", .text(name)), ("content", .text(content))] + (mode.map { [("mode", .text($0))] } ?? []))
        }
        let node = Sample.written([
            ("host", .text(host)), ("directory", .text(directory)), ("timeout", .text(timeout)),
            ("password", .group([("secret", .text("deploy"))])), ("files", .list(files)),
        ])
        let check = OptionSchemaTests.schema.check(node, variables: [], contents: [.fullchain, .der])
        try #require(check.problems == [])
        return try check.tree.render(TemplateVariables()) { _ in Secret(text: password) }
    }

    private func form(_ options: Options, digest: String = "digest") -> Data {
        options.canonicalForm(
            OptionSchemaTests.schema,
            artifacts: [Artifact(content: .fullchain, digest: Data(digest.utf8), bytes: Secret(text: "x"))])
    }

    @Test("a time limit and a password do not, since nothing that is rendered changes")
    func manner() throws {
        #expect(try form(options()) == form(options(timeout: "60s")))
        #expect(try form(options()) == form(options(password: "two")))
    }

    @Test("a mode, a form, a place, a target and what is rendered do")
    func content() throws {
        let forms = [
            try form(options()), try form(options(mode: "0640")), try form(options(mode: "0600")),
            try form(options(content: "der")), try form(options(directory: "/etc/ssl")), try form(options(host: "b")),
            try form(options(names: ["f.pem", "g.pem"])), try form(options(), digest: "another"),
        ]
        #expect(Set(forms).count == forms.count)
    }

    @Test("values can't be moved over the borders of their fields")
    func borders() throws {
        #expect(try form(options(names: ["ab", "c"])) != form(options(names: ["a", "bc"])))
        #expect(try form(options(names: ["1:a"])) != form(options(names: ["a"])))
    }

    @Test("calls are limited by the target alone")
    func targetKey() throws {
        let schema = OptionSchemaTests.schema
        #expect(try options().targetKey(schema) == options(directory: "/elsewhere", mode: "0600").targetKey(schema))
        #expect(try options().targetKey(schema) != options(host: "b").targetKey(schema))
    }

    @Test("each file is a place, however its directory is spelt")
    func places() throws {
        let schema = OptionSchemaTests.schema
        #expect(try options(names: ["f", "g"]).places(schema) == ["a /etc/tls/f", "a /etc/tls/g"])
        #expect(try options(directory: "/etc//tls/").places(schema) == options().places(schema))
        #expect(try options(host: "b").places(schema) != options().places(schema))
    }

    @Test("where there are no files the place is what else says where")
    func placeWithoutFiles() {
        let schema = OptionSchema([
            .init("port", .integer(1...9), role: .target, ""), .init("slot", .text, role: .place, ""),
        ])
        let options = Options(["port": .integer(7), "slot": .text("main")])
        #expect(options.places(schema) == ["7 main"])
        #expect(Options().places(OptionSchema([.init("note", .text, "")])) == [])
    }
}
