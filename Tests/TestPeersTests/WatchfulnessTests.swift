import Crypto
import Foundation
import HostileAuthority
import TestPeers
import Testing

@Suite("what the hostile authority notices")
struct WatchfulnessTests {
    typealias Slip = PlainClient.Slip

    @Test(
        "each way of breaking the protocol is refused and noted",
        arguments: [
            ("badNonce", Slip.with { $0.nonce = "bm90LWdpdmVu" }), ("unauthorized", .with { $0.url = "https://x/" }),
            ("badSignatureAlgorithm", .with { $0.algorithm = "none" }), ("malformed", .with { $0.hasBothKeys = true }),
            ("malformed", .with { $0.breaksSignature = true }), ("malformed", .with { $0.type = "application/json" }),
            ("malformed", .with { $0.agent = nil }), ("malformed", .with { $0.extraMember = true }),
        ])
    func slips(problem: String, slip: Slip) async throws {
        try await withClient { client, authority in
            let answer = try await client.post(try #require(client.account), nil, slip)
            #expect(answer.members["type"] as? String == "urn:ietf:params:acme:error:\(problem)")
            #expect(authority.violations.count == 1)
        }
    }

    @Test("a nonce is good once")
    func nonceTwice() async throws {
        try await withClient { client, authority in
            let account = try #require(client.account)
            let first = try await client.post(account, nil)
            let again = try await client.post(account, nil, .with { $0.nonce = client.usedNonce })
            #expect(first.status == 200 && again.status == 400)
            #expect(authority.violations.count == 1)
        }
    }

    @Test("steps out of turn, foreign names and the account's key in a certificate are refused and noted")
    func turns() async throws {
        try await withClient { client, authority in
            let names = ["a.example.test"]
            let early = try await client.post(
                client.url("new-order"), ["identifiers": [["type": "dns", "value": "a.example.test"]]])
            let refused = try await client.finalize(early, names)
            #expect(refused.status == 403)
            let order = try await client.order(names)
            for answer in [
                try await client.finalize(order, ["b.example.test"]),
                try await client.finalize(order, names, client.key),
            ] { #expect(answer.members["type"] as? String == "urn:ietf:params:acme:error:badCSR") }
            let done = try await client.finalize(order, names)
            #expect(done.members["status"] as? String == "valid")
            let twice = try await client.finalize(order, names)
            #expect(twice.status == 403)
            #expect(authority.violations.count == 4)
            #expect(authority.issued.count == 1)
        }
    }

    @Test("an account is found by its key, changes its key, and ends")
    func account() async throws {
        try await withClient { client, authority in
            let (account, old) = (try #require(client.account), client.key)
            let again = try await client.register(["onlyReturnExisting": true])
            #expect(again.status == 200 && client.account == account)
            let new = P256.Signing.PrivateKey()
            let place = client.url("change-key")
            let inner = try PlainClient.sign(
                ["alg": "ES256", "jwk": PlainClient.jwk(new), "url": place],
                ["account": account, "oldKey": PlainClient.jwk(old)], new)
            let changed = try await client.post(place, inner)
            #expect(changed.status == 200)
            let stale = try await client.post(account, nil)
            #expect(stale.status == 403)
            client.key = new
            let ended = try await client.post(account, ["status": "deactivated"])
            #expect(ended.members["status"] as? String == "deactivated")
            let late = try await client.post(account, nil)
            #expect(late.status == 401)
            #expect(authority.violations.count == 1)  // the old key's request
            client.key = P256.Signing.PrivateKey()
            let missing = try await client.register(["onlyReturnExisting": true])
            #expect(missing.members["type"] as? String == "urn:ietf:params:acme:error:accountDoesNotExist")
        }
    }

    @Test(
        "a certificate is replaced once, its advice turns to the past where it is revoked, and alternates are offered")
    func renewal() async throws {
        try await withClient(.with { $0.alternates = 1 }) { client, authority in
            let names = ["a.example.test"]
            let done = try await client.finalize(try await client.order(names), names)
            let place = try #require(done.members["certificate"] as? String)
            let first = try await client.post(place, nil)
            #expect(first.values(of: "Link").contains { $0.contains("rel=\"alternate\"") })
            let old = try #require(authority.issued.first)
            let calm = try await start(client, old)
            #expect(calm > Date())
            for (status, replaced) in [(201, old), (409, old)] {
                let order = try await client.order(names, ["replaces": replaced.identifier])
                #expect(order.status == status)
            }
            let revoked = try await client.post(
                client.url("revoke"), ["certificate": PlainClient.encode(old.der), "reason": 4])
            #expect(revoked.status == 200)
            let urgent = try await start(client, old)
            #expect(urgent < Date())
            authority.behave(.renewal(.inverted))
            #expect(authority.violations.isEmpty)
        }
    }

    @Test("each URL that it names can lead elsewhere", arguments: URLField.allCases)
    func fields(field: URLField) async throws {
        try await withClient(.with { $0.alternates = 1 }) { client, authority in
            authority.behave(.url(field, .insecure))
            var seen = try await client.get(client.url("directory")).body
            seen += try await client.register().values(of: "Location").joined()
            authority.behave()
            try await client.register()
            authority.behave(.url(field, .insecure))
            let order = try await client.post(
                client.url("new-order"), ["identifiers": [["type": "dns", "value": "a.example.test"]]])
            seen += order.body + order.values(of: "Location").joined()
            seen += try await client.post(client.url("authorization/0"), nil).body
            authority.behave()
            let done = try await client.finalize(try await client.order(["b.example.test"]), ["b.example.test"])
            authority.behave(.url(field, .insecure))
            seen += try await client.post(client.url("order/1"), nil).body
            seen += try await client.post(client.url("certificate/0"), nil).values(of: "Link").joined()
            #expect(done.status == 200)
            #expect(seen.contains("http://127.0.0.1"))
            #expect(authority.violations.isEmpty, "\(authority.violations)")
        }
    }

    @Test("an account that is forgotten is unknown, and can be made again")
    func forgetting() async throws {
        try await withClient { client, authority in
            let account = try #require(client.account)
            authority.behave(.accountForgotten)
            let answer = try await client.post(account, nil)
            #expect(answer.members["type"] as? String == "urn:ietf:params:acme:error:accountDoesNotExist")
            authority.behave()
            let again = try await client.register()
            #expect(again.status == 201 && client.account != account)
        }
    }

    private func start(_ client: PlainClient, _ certificate: Issued) async throws -> Date {
        let answer = try await client.get(client.url("renewal-info/\(certificate.identifier)"))
        let window = try #require(answer.members["suggestedWindow"] as? [String: String])
        return try Date(try #require(window["start"]), strategy: .iso8601)
    }

    private func withClient(
        _ settings: HostileAuthority.Settings = .init(), _ body: (PlainClient, HostileAuthority) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { directory in
            try await HostileAuthority.withRunning(settings, in: directory) { authority in
                let client = PlainClient(authority, in: directory)
                try await client.register()
                try await body(client, authority)
            }
        }
    }
}
