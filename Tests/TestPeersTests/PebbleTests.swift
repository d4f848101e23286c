import Foundation
import TestPeers
import Testing

@Suite("Pebble as a peer")
struct PebbleTests {
    @Test("pebble answers its directory over TLS to those who trust its bundle")
    func directory() async throws {
        try await withTemporaryDirectory { directory in
            try await Pebble.withRunning(in: directory) { pebble in
                let answer = try await Curl(in: directory, trusting: pebble.bundle).get(pebble.directoryURL)
                #expect(answer.status == 200)
                #expect(answer.members["newOrder"] is String)
                await #expect(throws: PeerFailure.self) { try await Curl(in: directory).get(pebble.directoryURL) }
            }
        }
    }

    @Test("pebble looks for the answer at the port it was given, and knows what it issued and what was revoked")
    func issuing() async throws {
        try await withTemporaryDirectory { directory in
            let port = try FreePort.next()
            try await Pebble.withRunning(.with { $0.httpPort = port }, in: directory) { pebble in
                let lego = Lego(
                    server: pebble.directoryURL, trusting: pebble.bundle, in: directory, httpPort: port)
                let chain = try await lego.obtain(["localhost"])
                let serial = try await OpenSSL.serial(of: chain)
                #expect(try await pebble.status(ofSerial: serial) == .valid)
                try await lego.revoke(["localhost"], reason: 4)
                #expect(try await pebble.status(ofSerial: serial) == .revoked(reason: 4))
                #expect(try await pebble.status(ofSerial: "12") == .unknown)
                let other = Lego(
                    server: pebble.directoryURL, trusting: pebble.bundle, in: directory, httpPort: try FreePort.next())
                await #expect(throws: PeerFailure.self) { try await other.obtain(["localhost"]) }
            }
        }
    }

    @Test("pebble makes chains as long, as many and as long-lived as it is told")
    func chains() async throws {
        try await withTemporaryDirectory { directory in
            let settings = Pebble.Settings.with {
                $0.alwaysValid = true
                $0.chainLength = 2
                $0.alternates = 1
                $0.validity = .seconds(3600)
            }
            try await Pebble.withRunning(settings, in: directory) { pebble in
                #expect(try await pebble.roots().count == 2)
                let lego = Lego(
                    server: pebble.directoryURL, trusting: pebble.bundle, in: directory, httpPort: try FreePort.next())
                let chain = try await lego.obtain(["a.example.test", "b.example.test"])
                let text = try String(contentsOf: chain, encoding: .utf8)
                #expect(text.components(separatedBy: "BEGIN CERTIFICATE").count == 4)
                try await OpenSSL.program.run(
                    ["x509", "-in", chain.path, "-noout", "-checkend", "3000"], in: directory)
                await #expect(throws: PeerFailure.self) {
                    try await OpenSSL.program.run(
                        ["x509", "-in", chain.path, "-noout", "-checkend", "4000"], in: directory)
                }
            }
        }
    }

    @Test("pebble wants a binding where it was given keys of external accounts")
    func externalAccounts() async throws {
        try await withTemporaryDirectory { directory in
            let key = Data(repeating: 7, count: 32).base64EncodedString().replacing("=", with: "")
                .replacing("+", with: "-").replacing("/", with: "_")
            let settings = Pebble.Settings.with {
                $0.alwaysValid = true
                $0.externalAccounts = ["kid-1": key]
            }
            try await Pebble.withRunning(settings, in: directory) { pebble in
                let port = try FreePort.next()
                let unbound = Lego(
                    server: pebble.directoryURL, trusting: pebble.bundle, in: directory, httpPort: port)
                await #expect(throws: PeerFailure.self) { try await unbound.obtain(["a.example.test"]) }
                let bound = Lego(
                    server: pebble.directoryURL, trusting: pebble.bundle, in: directory, httpPort: port,
                    externalAccount: ("kid-1", key))
                try await bound.obtain(["a.example.test"])
            }
        }
    }

    @Test("pebble asks the DNS server it was given, which says what it was told")
    func names() async throws {
        try await withTemporaryDirectory { directory in
            try await Challtestsrv.withRunning(in: directory) { names in
                let settings = Pebble.Settings.with {
                    $0.httpPort = names.httpPort
                    $0.dnsServer = names.dnsServer
                }
                try await Pebble.withRunning(settings, in: directory) { pebble in
                    let lego = Lego(
                        server: pebble.directoryURL, trusting: pebble.bundle, in: directory, httpPort: names.httpPort)
                    try await lego.obtain(["one.example.test"])
                    try await names.resolve("two.example.test", to: ["127.0.0.2"])
                    await #expect(throws: PeerFailure.self) { try await lego.obtain(["two.example.test"]) }
                }
            }
        }
    }

    @Test("challtestsrv answers http-01 with what it was told")
    func answers() async throws {
        try await withTemporaryDirectory { directory in
            try await Challtestsrv.withRunning(answering: true, in: directory) { server in
                try await server.serve(token: "abc", keyAuthorization: "abc.def")
                let place = try #require(
                    URL(string: "http://127.0.0.1:\(server.httpPort)/.well-known/acme-challenge/abc"))
                #expect(try await Curl(in: directory).get(place).body == "abc.def")
            }
        }
    }
}
