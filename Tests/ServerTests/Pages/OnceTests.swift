import Foundation
import Testing

@testable import Server

@Suite("forms that are sent twice")
struct OnceTests {
    private func key(_ page: PageClient.Answer) throws -> (String, String) {
        ("key", try #require(PagesHouse.hidden("key", in: page.body).first { !$0.isEmpty }))
    }

    @Test("one link is made, whoever presses twice; what was refused can be sent again")
    func link() async throws {
        try await PageHouse.served { house, port, workers in
            _ = try await house.client(.viewer, port, workers)
            let client = try await house.client(.administrator, port, workers)
            let path = "/people/viewer-all/link"
            let key = try key(try await client.get(path))
            let first = try await client.post(path, [key])
            #expect(first.status == 200 && first.body.contains("/setup?code="))
            let second = try await client.post(path, [key])
            #expect(second.status == 303 && second.location == "/people/viewer-all")
            #expect(try await house.events("account.invited").count <= 1)
            let another = try await client.post(path, [try self.key(try await client.get(path))])
            #expect(another.body.contains("/setup?code="))
            let stale = try await house.client(.administrator, port, workers, name: "late", provedAgo: .hours(1))
            let late = ("key", String(repeating: "l", count: 32))
            for _ in 0..<2 {
                #expect(try await stale.post("/people/viewer-all/delete", [late]).location.hasPrefix("/reauthenticate"))
            }
            let delete = try self.key(try await client.get("/people/viewer-all/delete"))
            for _ in 0..<2 {
                #expect(try await client.post("/people/viewer-all/delete", [delete]).location == "/people?done=deleted")
            }
        }
    }

    @Test("a secret is removed once, and one in use stays however often it is asked")
    func secret() async throws {
        try await PageHouse.served { house, port, workers in
            let client = try await house.client(.administrator, port, workers)
            for name in ["spare", "deploy-key"] {
                #expect(try await client.post("/secrets", [("name", name), ("value", "x")]).status == 303)
            }
            let key = try key(try await client.get("/secrets/spare/remove"))
            for _ in 0..<2 {
                #expect(try await client.post("/secrets/spare/remove", [key]).location == "/secrets?done=removed")
            }
            let used = try self.key(try await client.get("/secrets/deploy-key/remove"))
            for _ in 0..<2 { #expect(try await client.post("/secrets/deploy-key/remove", [used]).status == 422) }
        }
    }

    @Test("a profile is saved once: the second time is no conflict with the first")
    func profile() async throws {
        try await PageHouse.served { house, port, workers in
            let client = try await house.client(.administrator, port, workers)
            let etag = ProfileEditor.etag(house.texts.withLock { $0["publishing/fleet"] })
            let text = PageHouse.fleet + "# once\n"
            let confirm = try await client.post(
                "/profiles/fleet/edit", [("yaml", text), ("etag", etag), ("action", "save")])
            let fields = [
                try key(confirm), ("yaml", text), ("etag", etag), ("action", "save"), ("confirmed", "yes"),
            ]
            for _ in 0..<2 {
                #expect(try await client.post("/profiles/fleet/edit", fields).location == "/profiles/fleet?done=saved")
            }
            #expect(try await house.events("profile.changed").count == 1)
        }
    }
}
