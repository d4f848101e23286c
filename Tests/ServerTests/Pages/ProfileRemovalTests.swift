import Automation
import Foundation
import Storage
import Testing

@testable import Server

@Suite("deleting a profile")
struct ProfileRemovalTests {
    private static let spare = PageHouse.fleet.replacingOccurrences(of: "profile: fleet", with: "profile: spare")

    private static func kept(_ house: PageHouse) -> [String] { house.texts.withLock { $0.keys.sorted() } }

    @Test("on its page: refused with who uses it; else the file goes, and its text stays in the audit trail")
    func pages() async throws {
        try await PageHouse.served { house, port, workers in
            house.texts.withLock { $0["publishing/spare"] = Self.spare }
            house.house.wake()
            let client = try await house.client(.administrator, port, workers)
            #expect(try await client.get("/profiles/spare").body.contains("/profiles/spare/delete"))
            let used = try await client.get("/profiles/fleet/delete").body
            #expect(used.contains("It is in use:") && used.contains("www.example.com"))
            func fields(_ page: String) -> [(String, String)] {
                ["key", "etag"].map { ($0, PagesHouse.hidden($0, in: page).first ?? "") } + [("reason", "no use")]
            }
            let refused = try await client.post("/profiles/fleet/delete", fields(used))
            #expect(refused.status == 409 && refused.body.contains("is used by shop.example.com and www.example.com"))
            let issuer = try await client.get("/issuing/own/delete").body
            #expect(try await client.post("/issuing/own/delete", fields(issuer)).status == 409)
            let page = try await client.get("/profiles/spare/delete").body
            #expect(page.contains("profiles/publishing/spare.yaml is taken away") && !page.contains("in use"))
            let stale = fields(page).map { $0.0 == "etag" ? ("etag", "old") : $0 }
            #expect(try await client.post("/profiles/spare/delete", stale).status == 409)
            #expect(Self.kept(house).contains("publishing/spare"))
            for _ in 0..<2 {
                #expect(
                    try await client.post("/profiles/spare/delete", fields(page)).location == "/profiles?done=deleted")
            }
            #expect(Self.kept(house) == ["issuing/own", "publishing/fleet"])
            let events = try await house.events("profile.deleted").map(\.draft)
            #expect(events.count == 1 && events.first?.detail["text"] == Self.spare)
            #expect(events.first?.subject == "publishing/spare" && events.first?.reason == "no use")
            #expect(try await client.get("/profiles/spare").status == 404)
            let audit = try await client.get("/audit?what=profile").body
            #expect(audit.contains("profile deleted") && audit.contains("<del># verified: by test"))
        }
    }

    @Test("only administrators may", arguments: [Role.viewer, .operator, .auditor])
    func rights(role: Role) async throws {
        try await PageHouse.served { house, port, workers in
            let client = try await house.client(role, port, workers)
            #expect(try await client.get("/profiles/fleet/delete").status == 403)
            #expect(try await client.post("/profiles/fleet/delete").status == 403)
            #expect(!(try await client.get("/profiles/fleet").body).contains("/delete"))
        }
    }

    @Test("over the API, on the version that was read")
    func api() async throws {
        try await ServedHouse.withServing { served in
            try await served.add("www.example", isPublished: true)
            let person = try await served.client(.administrator)
            let text = "profile: other\nissuer: local-authority\nwith: {lifetime: 30d}\n"
            let path = "/api/v1/profiles/issuing/other"
            let made = try await person.send("PUT", path + "/text", json: .object(["text": .text(text)]))
            #expect(made.status == 200, "\(made.text)")
            #expect(try await person.send("DELETE", path).status == 428)
            #expect(try await person.send("DELETE", path, headers: ["If-Match": "\"x\""]).status == 412)
            #expect(
                try await served.client(.operator).send("DELETE", path, headers: ["If-Match": made.etag]).status == 403)
            #expect(try await person.send("DELETE", path, headers: ["If-Match": made.etag]).status == 204)
            #expect(try await person.send("DELETE", path, headers: ["If-Match": made.etag]).status == 404)
            // A profile in use, whose file is there.
            let used = "profile: local-authority\nissuer: local-authority\nwith: {lifetime: 31d}\n"
            let own = "/api/v1/profiles/issuing/local-authority"
            let tag = try await person.send("PUT", own + "/text", json: .object(["text": .text(used)])).etag
            let refused = try await person.send("DELETE", own, headers: ["If-Match": tag])
            #expect(refused.status == 409 && refused.code == "profile.in-use", "\(refused.text)")
            #expect(refused.value["places"].list.first?["place"].string == "www.example")
        }
    }
}
