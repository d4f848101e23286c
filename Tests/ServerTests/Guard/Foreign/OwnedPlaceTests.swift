import FilesystemPublisher
import Foundation
import PluginKit
import Profiles
import Storage
import Testing

@testable import Runner
@testable import Server

/// Places on targets that belong to certificates which somebody does not see.
@Suite("Places of other people's certificates")
struct OwnedPlaceTests {
    private static let files = """
        profile: web
        publisher: filesystem
        with:
          directory: /srv/tls
          files: [{name: fullchain.pem, content: fullchain}]
        targets: [{name: alpha}]

        """

    @Test("that one is taken is told without whose it is; who sees all is told whose")
    func owners() async throws {
        let registry = Registry(publishers: [FilesystemPublisher.backend()], issuers: [])
        let read = PublishingProfile.read(SourceFile(Self.files, path: "web.yaml"), registry: registry)
        let set = ProfileSet(
            publishing: ["web": try #require(read.profile, "\(read.problems)")],
            issuing: ["ca": IssuingProfile(name: "ca", issuer: "test", options: OptionTree())])
        let made = try await GuardHouse(registry: registry, set)
        let record = try #require(try await made.ledger.certificate(named: GuardHouse.foreign))
        let placement = try #require(try await made.ledger.placements(of: record.id).first { $0.target == "alpha" })
        let places = Places(profiles: set, registry: registry).places(of: placement, record)
        try #require(!places.isEmpty)
        try await made.listing.commit(
            [.ownPlaces(placement: placement.id, places: places, takingOver: false)], GuardHouse.foreign)
        try await GuardHouse.served(made) { house, client in
            for scope in [["team": "web"], [:]] {
                try await house.seat("anna", .operator, scope: scope)
                let headers = [
                    ("Authorization", "Bearer \(try await house.token(of: "anna", role: .operator))"),
                    ("Content-Type", "application/json"), ("If-Match", "*"),
                ]
                let base = "/api/v1/certificates/\(GuardHouse.certificate)"
                let spec = try Self.value(await client.send("GET", base + "/spec", headers))
                let bodies: [(String, String, JSONValue)] = [
                    ("POST", "/api/v1/apply", .object(["certificates": .list([spec])])),
                    ("PUT", base + "/spec", .object(["certificate": spec])),
                ]
                for (method, path, body) in bodies {
                    let text = String(decoding: try JSONEncoder().encode(body), as: UTF8.self)
                    let answer = try await client.send(method, path, headers, body: text)
                    #expect(answer.code == "publication.place-owned", "\(method) \(path): \(answer.text)")
                    #expect(answer.has(GuardHouse.foreign) == scope.isEmpty, "\(method) \(path): \(answer.text)")
                }
            }
        }
        await registry.close()
    }

    private static func value(_ answer: GuardAnswer) throws -> JSONValue {
        try JSONDecoder().decode(JSONValue.self, from: Data(answer.body))
    }
}
