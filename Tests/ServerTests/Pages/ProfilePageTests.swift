import Foundation
import Testing

@testable import Server

@Suite("the pages of profiles")
struct ProfilePageTests {
    private func etag(_ house: PageHouse) -> String {
        ProfileEditor.etag(house.texts.withLock { $0["publishing/fleet"] })
    }

    @Test("who reads sees lists and details, secrets as references, and no file; only who operates checks")
    func reading() async throws {
        try await PageHouse.served { house, port, workers in
            let viewer = try await house.client(.viewer, port, workers)
            #expect(try await viewer.get("/profiles").body.contains("Two front ends"))
            let detail = try await viewer.get("/profiles/fleet").body
            #expect(detail.contains("{secret: deploy-key}") && detail.contains("web-1.example.net"))
            #expect(!detail.contains("# verified: by test") && !detail.contains("Check now"))
            #expect(try await viewer.post("/profiles/fleet/check").status == 403)
            #expect(house.checks.withLock { $0 } == 0)
            #expect(try await viewer.get("/issuing/own").status == 200)
            for path in ["/profiles/fleet/edit", "/profiles/fleet/form", "/profiles/add", "/issuing/add"] {
                #expect(try await viewer.get(path).status == 403)
            }
            #expect(try await viewer.get("/profiles/nothing").status == 404)
            #expect(try await viewer.get("/profiles/..%2Fissuing%2Fown").status == 404)
        }
    }

    @Test("a check asks each target, tells what it found, and is audited")
    func check() async throws {
        try await PageHouse.served { house, port, workers in
            let client = try await house.client(.operator, port, workers)
            _ = try await house.house.desk(
                Principal(
                    account: "x", role: .administrator, scope: [:], exportsKeys: false, usesKeys: false,
                    means: .token("x"), csrf: nil), reason: ""
            ).setSecret("deploy-key", .init(text: "s3cret"), vault: house.house.outside.vault)
            #expect(try await client.post("/profiles/fleet/check").location == "/profiles/fleet?done=checked")
            #expect(house.checks.withLock { $0 } == 2)
            let page = try await client.get("/profiles/fleet").body
            #expect(page.contains("signed in as deploy") && page.contains("unknown host key &lt;script&gt;"))
            #expect(try await house.events("profile.checked").first?.draft.detail["targets"] == "1 of 2 passed")
            #expect(try await client.get("/profiles").body.contains("1 of 2 failed"))
            let stranger = try await house.client(.viewer, scope: ["team": "other"], port, workers)
            let hidden = try await stranger.get("/profiles/fleet").body
            #expect(!hidden.contains("signed in as deploy") && !hidden.contains("www.example.com"))
        }
    }

    @Test("errors stand at their lines, and nothing is saved")
    func errors() async throws {
        try await PageHouse.served { house, port, workers in
            let client = try await house.client(.administrator, port, workers)
            let text =
                PageHouse.fleet.replacingOccurrences(of: "{name: web-2, host", with: "{name: web-2, hots")
                + "# </textarea><script>\n"
            let page = try await client.post(
                "/profiles/fleet/edit",
                [("yaml", text), ("etag", etag(house)), ("action", "save"), ("confirmed", "yes")])
            #expect(page.status == 422 && page.body.contains("id=\"line-11\"") && !page.body.contains("<script>\n"))
            #expect(house.texts.withLock { $0["publishing/fleet"] } == PageHouse.fleet)
            let unknown = try await client.post("/profiles/fleet/edit", [("yaml", text), ("path", "/etc/passwd")])
            #expect(unknown.status == 422)
        }
    }

    @Test("who uses a profile is told while it is edited as well, through every step")
    func uses() async throws {
        try await PageHouse.served { house, port, workers in
            let client = try await house.client(.administrator, port, workers)
            let words = #/Saving replaces the file; ([^<]*)/#
            let told = try #require(try await client.get("/profiles/fleet/edit").body.firstMatch(of: words)?.1)
            #expect(!told.contains("no flow"))
            for text in [PageHouse.fleet, "profile: fleet\npublisher: none\n"] {
                let answer = try await client.post(
                    "/profiles/fleet/edit", [("yaml", text), ("etag", etag(house)), ("action", "check")])
                #expect(answer.body.firstMatch(of: words)?.1 == told, "\(answer.status)")
            }
        }
    }

    @Test("an option that is a list stands whole, beside no label that it has not")
    func options() {
        for (line, label, text) in [
            ("user: deploy", "user", "deploy"), ("files:", "files", ""),
            ("- {content: fullchain, name: a.pem}", "", "- {content: fullchain, name: a.pem}"),
            ("a b: c", "", "a b: c"), ("", "", ""), ("x-y.z: a: b", "x-y.z", "a: b"),
        ] {
            #expect(ProfileDetailPage.parts(line) == (label, text), "\(line)")
        }
    }

    @Test("saving says first what it publishes, then writes the file and an event")
    func saving() async throws {
        try await PageHouse.served { house, port, workers in
            let client = try await house.client(.administrator, port, workers)
            let text = PageHouse.fleet.replacingOccurrences(of: "Two front ends", with: "Both front ends")
            let fields = [("yaml", text), ("etag", etag(house)), ("action", "save")]
            let asked = try await client.post("/profiles/fleet/edit", fields)
            #expect(asked.status == 200 && asked.body.contains("Saving it publishes nothing."))
            #expect(house.texts.withLock { $0["publishing/fleet"] } == PageHouse.fleet)
            let saved = try await client.post(
                "/profiles/fleet/edit", fields + [("confirmed", "yes"), ("reason", "names")])
            #expect(saved.location == "/profiles/fleet?done=saved")
            #expect(house.texts.withLock { $0["publishing/fleet"] } == text)
            let event = try #require(try await house.events("profile.changed").first)
            #expect(event.draft.subject == "publishing/fleet" && event.draft.reason == "names")
            let late = try await client.post("/profiles/fleet/edit", fields + [("confirmed", "yes")])
            #expect(late.status == 409 && late.body.contains("Somebody else changed the file meanwhile"))
        }
    }

    @Test("the form is drawn from the schema, and writes YAML that says the same")
    func form() async throws {
        try await PageHouse.served { house, port, workers in
            let client = try await house.client(.administrator, port, workers)
            let page = try await client.get("/profiles/fleet/form").body
            #expect(page.contains("name=\"with.user\" value=\"deploy\"") && page.contains("value=\"deploy-key\""))
            var fields = [
                ("etag", etag(house)), ("action", "check"), ("description", "Two front ends"), ("with.user", ""),
                ("with.password", "deploy-key"), ("with.place", "/etc/tls/{{certificate.name}}"),
                ("with.groups", "a\r\nb, c"),
                ("with.overwrite", "true"), ("with.port", "70000"),
                ("targets", "- {name: web-1, host: web-1.example.net}\r\n- {name: web-2, host: web-2.example.net}"),
            ]
            let wrong = try await client.post("/profiles/fleet/form", fields)
            #expect(wrong.status == 422 && wrong.body.contains("with.port-error"))
            fields[8] = ("with.port", "2222")
            fields[3] = ("with.user", "it's: #1 \"quoted\"")
            fields[1] = ("action", "save")
            let asked = try await client.post("/profiles/fleet/form", fields)
            #expect(asked.status == 200 && asked.body.contains("Save fleet?"))
            #expect(asked.body.contains("# verified: by test"))
            let foreign = try await client.post("/profiles/fleet/form", fields + [("with.evil", "x")])
            #expect(foreign.status == 422 && foreign.body.contains("is no option"))
            let torn = try await client.post(
                "/profiles/fleet/form", fields.map { $0.0 == "targets" ? ("targets", "- {name: [") : $0 })
            #expect(torn.status == 422 && torn.body.contains("targets-error"))
        }
    }

    @Test("a new profile has a name that no other file has")
    func adding() async throws {
        try await PageHouse.served { house, port, workers in
            let client = try await house.client(.administrator, port, workers)
            let text = PageHouse.fleet.replacingOccurrences(of: "profile: fleet", with: "profile: edge")
            for name in ["../issuing/own", "fleet", "", "add", ".hidden"] {
                let refused = try await client.post(
                    "/profiles/add",
                    [("name", name), ("yaml", text), ("etag", ""), ("action", "save"), ("confirmed", "yes")])
                #expect(refused.status == 422)
            }
            let made = try await client.post(
                "/profiles/add",
                [("name", "edge"), ("yaml", text), ("etag", ""), ("action", "save"), ("confirmed", "yes")])
            #expect(made.location == "/profiles/edge?done=saved")
            #expect(try await client.get("/profiles/edge").status == 200)
            #expect(
                house.texts.withLock { $0.keys.sorted() } == ["issuing/own", "publishing/edge", "publishing/fleet"])
            #expect(try await client.get("/profiles/add/form").body.contains("with.user"))
            #expect(try await client.get("/issuing/own/form").status == 200)
        }
    }
}
