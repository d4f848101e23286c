import Foundation
import Testing

@testable import Server

@Suite("the pages Settings, Sign in and Problem")
struct SettingsPageTests {
    @Test("a token is shown once and is revoked; it opens no settings and makes no tokens itself")
    func tokens() async throws {
        try await PageHouse.served { house, port, workers in
            let mara = try await house.client(.operator, port, workers)
            let made = try await mara.post(
                "/settings/tokens", [("name", "deploy <b>"), ("role", "viewer"), ("scope", "team:web"), ("days", "30")])
            #expect(made.status == 200)
            let start = try #require(made.body.range(of: "cft_"))
            let secret = String(
                made.body[start.lowerBound...].prefix { $0.isLetter || $0.isNumber || "_-".contains($0) })
            #expect(!made.body.contains("deploy <b>"))
            let page = try await mara.get("/settings")
            #expect(page.body.contains("deploy &lt;b&gt;") && !page.body.contains(secret))
            let robot = PageClient(port: port, workers: workers)
            let bearer = ["Authorization: Bearer \(secret)", "Content-Type: application/x-www-form-urlencoded"]
            #expect(try await robot.send("GET", "/settings", bearer, nil).status == 403)
            let more = try await robot.send("POST", "/settings/tokens", bearer, Data("name=x&role=operator".utf8))
            #expect(more.status == 403)
            let token = try #require(try await house.house.people.tokens(of: "operator-all").first)
            #expect(try await mara.post("/settings/tokens/\(token.id)/revoke").location == "/settings?done=token")
            #expect(try await robot.send("GET", "/settings", bearer, nil).status == 401)
        }
    }

    @Test("a token can't be more than its account, and wrong labels are told at the form")
    func tokenLimits() async throws {
        try await PageHouse.served { house, port, workers in
            let client = try await house.client(.viewer, port, workers)
            let mighty = try await client.post("/settings/tokens", [("name", "x"), ("role", "administrator")])
            #expect(mighty.status == 422)
            let scope = try await client.post("/settings/tokens", [("name", "x"), ("scope", "nonsense")])
            #expect(scope.status == 422 && scope.body.contains("is no label"))
            #expect(try await house.house.people.tokens(of: "viewer-all").isEmpty)
        }
    }

    @Test("the password changes with the old one only, and other sessions end")
    func password() async throws {
        try await PageHouse.served { house, port, workers in
            let here = try await house.client(.viewer, port, workers)
            let there = try await house.client(.viewer, port, workers)
            let new = "entirely other words"
            let wrong = try await here.post("/settings/password", [("now", "no"), ("password", new), ("again", new)])
            #expect(wrong.status == 401 && wrong.body.contains("now-error"))
            let short = try await here.post(
                "/settings/password", [("now", "four words of old"), ("password", "short"), ("again", "short")])
            #expect(short.status == 422 && short.body.contains("password-error"))
            let changed = try await here.post(
                "/settings/password",
                [("username", "x"), ("now", "four words of old"), ("password", new), ("again", new)])
            #expect(changed.location == "/settings?done=password")
            #expect(try await here.get("/settings").status == 200)
            #expect(try await there.get("/settings").location.hasPrefix("/sign-in"))
        }
    }

    @Test("one's own sessions end one by one or all; another's never")
    func sessions() async throws {
        try await PageHouse.served { house, port, workers in
            let here = try await house.client(.viewer, port, workers)
            let there = try await house.client(.viewer, port, workers)
            let other = try await house.client(.operator, port, workers)
            let page = try await here.get("/settings").body
            #expect(page.contains("&lt;b&gt;agent&lt;/b&gt;") && !page.contains("<b>agent"))
            let foreign = People.key(try #require(other.cookie))
            #expect(try await here.post("/settings/sessions/\(foreign)/end").status == 404)
            #expect(try await other.get("/settings").status == 200)
            let mine = People.key(try #require(there.cookie))
            #expect(try await here.post("/settings/sessions/\(mine)/end").status == 303)
            #expect(try await there.get("/settings").status == 303)
            #expect(try await here.post("/settings/sessions/end-others").status == 303)
            #expect(try await here.get("/settings").status == 200)
        }
    }

    @Test("theme and single keys are kept, and stand on every page")
    func display() async throws {
        try await PageHouse.served { house, port, workers in
            let client = try await house.client(.viewer, port, workers)
            #expect(try await client.post("/settings/display", [("theme", "dark"), ("keys", "off")]).status == 303)
            let page = try await client.get("/settings")
            #expect(page.body.contains("data-theme=\"dark\"") && page.body.contains("data-keys=\"off\""))
            #expect(try await client.post("/settings/display", [("theme", "pink"), ("keys", "on")]).status == 422)
            let unknown = try await client.post(
                "/settings/display", [("theme", "dark"), ("keys", "on"), ("role", "administrator")])
            #expect(unknown.status == 422)
        }
    }

    @Test("a link makes a password once; afterwards its page says that it holds no more")
    func setup() async throws {
        try await PageHouse.served { house, port, workers in
            let code = try await house.house.people.add(
                Account(name: "ana", role: .operator, createdAt: PageHouse.now), by: "test")
            let nobody = PageClient(port: port, workers: workers)
            let page = try await nobody.get("/setup?code=\(code)")
            #expect(page.status == 200 && page.body.contains("action=\"/setup?code="))
            let fields = [
                ("username", "ana"), ("password", "several words in a row"), ("again", "several words in a row"),
            ]
            let done = try await nobody.post("/setup?code=\(code)", fields)
            #expect(done.status == 303 && done.headers["set-cookie"]?.contains("__Host-certflow=") == true)
            let over = try await nobody.get("/setup?code=\(code)")
            #expect(over.body.contains("holds no more") && !over.body.contains("<form"))
        }
    }

    @Test("a problem's page names cause, remedy and code, and escapes what was asked for")
    func problem() async throws {
        try await PageHouse.served { house, port, workers in
            let client = try await house.client(.administrator, port, workers)
            let page = try await client.get("/people/%3Cscript%3Ealert(1)%3C%2Fscript%3E")
            #expect(page.status == 404 && page.body.contains("account.unknown"))
            #expect(!page.body.contains("<script>alert"))
        }
    }
}
