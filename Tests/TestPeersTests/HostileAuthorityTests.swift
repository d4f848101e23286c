import Foundation
import HostileAuthority
import TestPeers
import Testing

@Suite("the hostile authority")
struct HostileAuthorityTests {
    @Test("an independent client obtains, renews and revokes, and finds nothing wrong while the authority behaves")
    func behaving() async throws {
        try await withTemporaryDirectory { directory in
            let port = try FreePort.next()
            try await HostileAuthority.withRunning(.with { $0.httpPort = port }, in: directory) { authority in
                let lego = lego(authority, directory, httpPort: port)
                let names = ["a.example.test", "b.example.test"]
                let chain = try await lego.obtain(names)
                #expect(authority.issued.map(\.names) == [names])
                #expect(try await OpenSSL.serial(of: chain) == authority.issued.first?.serial)
                try await check(chain, authority, names: names, in: directory)
                #expect(try await OpenSSL.renewalIdentifier(of: chain) == authority.issued.first?.identifier)
                try await lego.renew(names)
                #expect(authority.issued.count == 2)
                try await lego.revoke(names, reason: 4)
                #expect(authority.issued.map(\.revocation) == [nil, 4])
                #expect(authority.violations.isEmpty)
                #expect(authority.count(.newAccount) == 1)
                #expect(authority.count(.newOrder) == 2)
                #expect(authority.strays == 0)
            }
        }
    }

    @Test("the authority finds out where a challenge is not answered")
    func unanswered() async throws {
        try await withTemporaryDirectory { directory in
            let (wanted, other) = (try FreePort.next(), try FreePort.next())
            try await HostileAuthority.withRunning(.with { $0.httpPort = wanted }, in: directory) { authority in
                let lego = lego(authority, directory, httpPort: other)
                await #expect(throws: PeerFailure.self) { try await lego.obtain(["a.example.test"]) }
                #expect(authority.issued.isEmpty)
            }
        }
    }

    @Test("the authority binds accounts to external ones, with their key only")
    func binding() async throws {
        try await withTemporaryDirectory { directory in
            let settings = HostileAuthority.Settings.with {
                $0.externalAccounts = ["kid-1": "c2VjcmV0LXNlY3JldC1zZWNyZXQ"]
            }
            try await HostileAuthority.withRunning(settings, in: directory) { authority in
                let port = try FreePort.next()
                for (key, isRight) in [("d3Jvbmctd3Jvbmctd3Jvbmc", false), ("c2VjcmV0LXNlY3JldC1zZWNyZXQ", true)] {
                    let lego = Lego(
                        server: authority.directoryURL, trusting: authority.bundle, in: directory, httpPort: port,
                        externalAccount: ("kid-1", key))
                    let path = try? await lego.obtain(["a.example.test"])
                    #expect((path != nil) == isRight)
                }
                #expect(authority.accounts.count == 1)
            }
        }
    }

    @Test("a client that keeps to the protocol gets over lost nonces, slow validation and slow issuing")
    func patience() async throws {
        try await withTemporaryDirectory { directory in
            let port = try FreePort.next()
            try await HostileAuthority.withRunning(
                .nonceRejected(times: 2), .processing(polls: 1), .pending(polls: 1), in: directory
            ) { authority in
                try await lego(authority, directory, httpPort: port).obtain(["a.example.test"])
                #expect(authority.violations.isEmpty)
                #expect(authority.requests.contains { $0.status == 400 })
            }
        }
    }

    @Test("each flaw of a certificate is in what the authority sends", arguments: CertificateFlaw.allCases)
    func flaws(flaw: CertificateFlaw) async throws {
        try await withTemporaryDirectory { directory in
            let port = try FreePort.next()
            try await HostileAuthority.withRunning(.certificate(flaw), in: directory) { authority in
                let chain = try? await lego(authority, directory, httpPort: port).obtain(["a.example.test"])
                #expect(authority.issued.count == 1)
                guard let chain else { return }
                await #expect(throws: (any Error).self) { try await check(chain, authority, in: directory) }
            }
        }
    }

    @Test("the authority refuses, loses replies and damages answers as often as it is told to")
    func damage() async throws {
        try await withTemporaryDirectory { directory in
            try await HostileAuthority.withRunning(
                .reply(.directory, .notJSON, times: 1), .lostReply(.newNonce),
                .problem(.renewalInfo, Problem(429, "rateLimited", "slowly", retryAfter: "tomorrow")), in: directory
            ) { authority in
                let curl = Curl(in: directory, trusting: authority.bundle)
                let damaged = try await curl.get(authority.directoryURL)
                #expect(damaged.members.isEmpty)
                #expect(try await curl.get(authority.directoryURL).members.count > 5)
                let base = authority.directoryURL.deletingLastPathComponent()
                await #expect(throws: PeerFailure.self) { try await curl.get(base.appending(path: "new-nonce")) }
                #expect(try await curl.get(base.appending(path: "new-nonce")).status == 204)
                #expect(try await curl.get(base.appending(path: "renewal-info/a.b")).status == 429)
                authority.behave()
                #expect(try await curl.get(base.appending(path: "renewal-info/a.b")).status == 404)
            }
        }
    }

    @Test(
        "the directory names places elsewhere as it is told, and visits there are counted", arguments: URLPlace.allCases
    )
    func places(place: URLPlace) async throws {
        try await withTemporaryDirectory { directory in
            try await HostileAuthority.withRunning(.url(.newOrder, place), in: directory) { authority in
                let curl = Curl(in: directory, trusting: authority.bundle)
                let named = try await curl.get(authority.directoryURL).members["newOrder"]
                switch place {
                case .missing: #expect(named == nil)
                case .number: #expect(named is Int)
                case .insecure, .foreign:
                    let url = try #require((named as? String).flatMap { URL(string: $0) })
                    await #expect(throws: PeerFailure.self) { try await curl.get(url) }
                    #expect(authority.strays == 1)
                case .file, .relative, .garbage, .empty: #expect((named as? String)?.hasPrefix("https://127") == false)
                }
            }
        }
    }

    private func lego(_ authority: HostileAuthority, _ directory: URL, httpPort: Int) -> Lego {
        Lego(server: authority.directoryURL, trusting: authority.bundle, in: directory, httpPort: httpPort)
    }

    /// OpenSSL's opinion of what lego keeps for a.example.test.
    private func check(
        _ chain: URL, _ authority: HostileAuthority, names: [String] = ["a.example.test"], in directory: URL
    ) async throws {
        let root = directory.appending(path: "root.pem")
        try authority.roots().joined().write(to: root, atomically: true, encoding: .utf8)
        try await OpenSSL.program.run(
            [
                "verify", "-CAfile", root.path, "-untrusted", chain.path, "-purpose", "sslserver", "-verify_hostname",
                "a.example.test", chain.path,
            ], in: directory)
        let key = chain.deletingPathExtension().appendingPathExtension("key")
        let own = try await OpenSSL.program.run(["pkey", "-in", key.path, "-pubout"], in: directory)
        let certified = try await OpenSSL.program.run(
            ["x509", "-in", chain.path, "-noout", "-pubkey"], in: directory)
        let said = try await OpenSSL.program.run(
            ["x509", "-in", chain.path, "-noout", "-ext", "subjectAltName"], in: directory)
        let text = try String(contentsOf: chain, encoding: .utf8)
        let named = said.split(separator: "\n").last?.trimmingCharacters(in: .whitespaces)
        guard own == certified, !text.contains("PRIVATE KEY"),
            named == names.map({ "DNS:\($0)" }).joined(separator: ", ")
        else { throw PeerFailure("Not what was asked for: \(said)") }
    }
}
