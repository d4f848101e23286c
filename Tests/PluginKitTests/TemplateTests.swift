import PluginKit
import Testing

@Suite("Templates")
struct TemplateTests {
    private var variables: TemplateVariables {
        var variables = TemplateVariables(["certificate.name": "www.example.com", "target.name": "web-1"])
        variables.set("secret.token", to: "s3cret", secret: true)
        return variables
    }

    @Test(
        "are filled with values",
        arguments: [
            ("plain", "plain"), ("", ""), ("{{certificate.name}}", "www.example.com"),
            ("/tls/{{ certificate.name }}/{{target.name}}.pem", "/tls/www.example.com/web-1.pem"),
            ("{{target.name}}{{target.name}}", "web-1web-1"), ("a }} b { c", "a }} b { c"),
        ])
    func rendered(text: String, expected: String) throws {
        let rendered = try Template(text).render(variables)
        #expect(rendered.text == expected)
        #expect(rendered.masked == expected)
        #expect(!rendered.holdsSecret)
    }

    @Test("that are malformed say how", arguments: ["{{", "a {{b", "{{}}", "{{  }}"])
    func malformed(text: String) {
        #expect(throws: TemplateProblem.self) { try Template(text) }
    }

    @Test("name only what exists, where that is known")
    func unknown() throws {
        let problem = #expect(throws: TemplateProblem.self) {
            try Template("{{certifcate.name}}", known: ["certificate.name", "target.name"])
        }
        #expect(problem?.remedy == "Did you mean `certificate.name`?")
        let template = try Template("{{target.port}}")
        #expect(throws: TemplateProblem.self) { try template.render(variables) }
    }

    @Test("remember which parts are secret, wherever they stand")
    func masking() throws {
        let rendered = try Template("{{secret.token}}:{{target.name}}:ä{{secret.token}}!").render(variables)
        #expect(rendered.text == "s3cret:web-1:äs3cret!")
        #expect(rendered.masked == "(secret):web-1:ä(secret)!")
        #expect(rendered.holdsSecret)
    }

    @Test("do not fill what a value looks like")
    func notTwice() throws {
        var variables = variables
        variables.set("note", to: "{{secret.token}}")
        #expect(try Template("{{note}}").render(variables).text == "{{secret.token}}")
    }

    @Test("show no secret by their description")
    func descriptions() {
        let secret = Secret(text: "s3cret")
        #expect("\(secret)" == "(secret)")
        #expect(String(reflecting: secret) == "(secret)")
        var dumped = ""
        dump(secret, to: &dumped)
        #expect(!dumped.contains("s3cret"))
    }

    @Test("an empty secret leaves nothing to mask")
    func emptySecret() {
        var text = RenderedText("a")
        text.append("", secret: true)
        #expect(!text.holdsSecret)
        #expect(text.masked == "a")
    }
}
