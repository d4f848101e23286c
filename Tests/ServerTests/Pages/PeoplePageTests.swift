import Automation
import Foundation
import Testing

@testable import Server

@Suite("the pages People and Person")
struct PeoplePageTests {
    static let paths = ["/people", "/people/viewer-all", "/people/viewer-all/link", "/people/viewer-all/delete"]

    @Test("only an administrator sees and changes people", arguments: [Role.viewer, .operator, .auditor])
    func rights(role: Role) async throws {
        try await PageHouse.served { house, port, workers in
            _ = try await house.client(.viewer, port, workers)
            let client = try await house.client(role, port, workers)
            for path in Self.paths {
                #expect(try await client.get(path).status == 403)
                #expect(try await client.post(path).status == 403)
            }
        }
    }

    @Test("adding a person shows a link once")
    func adding() async throws {
        try await PageHouse.served { house, port, workers in
            let client = try await house.client(.administrator, port, workers)
            let made = try await client.post("/people", [("name", "ana"), ("role", "operator"), ("scope", "team:web")])
            #expect(made.status == 200 && made.body.contains("https://certflow.example.net/setup?code="))
            let account = try #require(try await house.house.people.account("ana"))
            #expect(account.role == .operator && account.scope == ["team": "web"])
            #expect(try await !client.get("/people").body.contains("setup?code="))
            let again = try await client.post("/people", [("name", "ana"), ("role", "viewer")])
            #expect(again.status == 409 && again.body.contains("name-error"))
            let hostile = try await client.post("/people", [("name", "<script>alert(1)</script>"), ("role", "viewer")])
            #expect(hostile.status == 422 && !hostile.body.contains("<script>alert"))
            #expect(try await client.post("/people", [("name", "eve"), ("exportsKeys", "yes")]).status == 422)
        }
    }

    @Test("where nothing says how the server is reached, a link begins as the person reached it")
    func linkFromOrigin() async throws {
        try await PageHouse.served(url: "") { house, port, workers in
            let client = try await house.client(.administrator, port, workers)
            let made = try await client.post("/people", [("name", "ana"), ("role", "viewer")])
            #expect(made.body.contains("\(client.origin)/setup?code="), "\(made.status)")
        }
    }

    @Test("role and rights change after a fresh proof only; what was typed waits meanwhile")
    func proof() async throws {
        try await PageHouse.served { house, port, workers in
            _ = try await house.client(.viewer, port, workers)
            let account = try #require(try await house.house.people.account("viewer-all"))
            let fields = [
                ("etag", account.etag), ("role", "operator"), ("scope", ""), ("export", "yes"), ("reason", "new job"),
            ]
            let stale = try await house.client(.administrator, port, workers, provedAgo: .hours(1))
            let asked = try await stale.post("/people/viewer-all", fields)
            #expect(asked.location.hasPrefix("/reauthenticate?next=%2Fpeople%2Fviewer-all%3Frole%3Doperator"))
            #expect(try await house.house.people.account("viewer-all")?.role == .viewer)
            let kept = try await stale.get("/people/viewer-all?role=operator&export=yes")
            #expect(kept.body.contains("Not saved yet") && kept.body.contains("value=\"operator\" checked"))
            for path in ["/people/viewer-all/link", "/people/viewer-all/delete"] {
                #expect(try await stale.post(path).location.hasPrefix("/reauthenticate"))
            }
            let fresh = try await house.client(.administrator, port, workers)
            #expect(try await fresh.post("/people/viewer-all", fields).location == "/people/viewer-all?done=saved")
            let changed = try #require(try await house.house.people.account("viewer-all"))
            #expect(changed.role == .operator && changed.exportsKeys)
            let event = try #require(try await house.events("account.changed").first)
            #expect(event.draft.reason == "new job" && event.draft.detail["role"] == "viewer -> operator")
            let second = try await fresh.post("/people/viewer-all", fields)
            #expect(second.status == 409 && second.body.contains("Somebody else changed the rights"))
        }
    }

    @Test("the last administrator stays; others are deleted with their sessions")
    func removal() async throws {
        try await PageHouse.served { house, port, workers in
            let viewer = try await house.client(.viewer, port, workers)
            let client = try await house.client(.administrator, port, workers)
            let refused = try await client.post("/people/administrator-all/delete")
            #expect(refused.status == 422 && refused.body.contains("last administrator"))
            #expect(
                try await client.post("/people/viewer-all/delete", [("reason", "left")]).location
                    == "/people?done=deleted")
            #expect(try await viewer.get("/settings").status == 303)
        }
    }

    @Test("whoever sees a part makes nobody see more")
    func scope() async throws {
        try await PageHouse.served { house, port, workers in
            _ = try await house.client(.viewer, port, workers)
            let client = try await house.client(.administrator, scope: ["team": "web"], port, workers)
            #expect(
                try await client.post("/people", [("name", "eve"), ("role", "viewer"), ("scope", "")]).status == 422)
            #expect(
                try await client.post("/people", [("name", "eve"), ("role", "viewer"), ("scope", "team:web")]).status
                    == 200)
            #expect(try await client.post("/people/viewer-all/link").status == 404)
            #expect(try await !client.get("/people").body.contains("viewer-all"))
        }
    }
}
