import Automation
import Foundation
import NIOCore
import TestPeers
import Testing

@testable import Probe

@Suite("A probe sees what a server serves", .timeLimit(.minutes(30)))
struct ServedTests {
    @Test("the whole chain, leaf first, whoever signed it")
    func chain() async throws {
        try await withTemporaryDirectory { directory in
            let openssl = OpenSSL(in: directory)
            let root = try await openssl.certificate("root", .rsa, isAuthority: true)
            let middle = try await openssl.certificate("middle", .ecdsa, isAuthority: true, signedBy: root)
            let leaf = try await openssl.certificate("www.example.com", .ecdsa, signedBy: middle)
            try #require(leaf.der.count == 2)
            try await Nginx.withRunning([.init("www.example.com", [leaf])], in: directory) { port in
                try await withProbe { probe in
                    #expect(
                        await probe.ask(port: port)
                            == [Presented(address: "127.0.0.1:\(port)", answer: .chain(leaf.der))])
                }
            }
        }
    }

    @Test("of two certificates the one with the endpoint's type of key")
    func keyTypes() async throws {
        try await withTemporaryDirectory { directory in
            let openssl = OpenSSL(in: directory)
            let ecdsa = try await openssl.certificate("www.example.com", .ecdsa)
            let rsa = try await openssl.certificate("www.example.com", .rsa)
            try await Nginx.withRunning([.init("www.example.com", [rsa, ecdsa])], in: directory) { port in
                try await withProbe { probe in
                    for keyType in KeyType.allCases {
                        let expected = keyType.rawValue.hasPrefix("rsa") ? rsa : ecdsa
                        #expect(await probe.ask(port: port, keyType).map(\.answer) == [.chain(expected.der)])
                    }
                }
            }
        }
    }

    @Test("the certificate of the server name that it asks for, else the default one")
    func serverNames() async throws {
        try await withTemporaryDirectory { directory in
            let openssl = OpenSSL(in: directory)
            let first = try await openssl.certificate("a.example.com", .ecdsa)
            let second = try await openssl.certificate("b.example.com", .ecdsa)
            let sites = [Nginx.Site("a.example.com", [first]), Nginx.Site("b.example.com", [second])]
            try await Nginx.withRunning(sites, in: directory) { port in
                try await withProbe { probe in
                    let asked = [
                        ("a.example.com", first), ("b.example.com", second), ("c.example.com", first), (nil, first),
                        ("127.0.0.1", first), ("::1", first),
                    ]
                    for (name, expected) in asked {
                        #expect(await probe.ask(port: port, name: name).map(\.answer) == [.chain(expected.der)])
                    }
                }
            }
        }
    }

    @Test("each address of a host by itself, in the order of the resolver, both families")
    func addresses() async throws {
        try await withTemporaryDirectory { directory in
            let openssl = OpenSSL(in: directory)
            let old = try await openssl.certificate("www.example.com", .ecdsa)
            let new = try await openssl.certificate("www.example.com", .ecdsa)
            let sites = [
                Nginx.Site("www.example.com", at: ["127.0.0.1", "::1"], [new]),
                Nginx.Site("www.example.com", at: ["127.0.0.2"], [old]),
            ]
            try await Nginx.withRunning(sites, in: directory) { port in
                let lookup: Resolver.Lookup = { _ in
                    try ["::1", "127.0.0.2", "127.0.0.3", "127.0.0.1"].map { try SocketAddress(ipAddress: $0, port: 0) }
                }
                try await withProbe(lookup: lookup) { probe in
                    let shown = await probe.ask("www.example.com", port: port)
                    #expect(
                        shown.map(\.address)
                            == ["[::1]", "127.0.0.2", "127.0.0.3", "127.0.0.1"].map { "\($0):\(port)" })
                    try #require(shown.count == 4)
                    #expect(shown[0].answer == .chain(new.der) && shown[3].answer == .chain(new.der))
                    #expect(shown[1].answer == .chain(old.der))
                    #expect(shown[2].words?.hasPrefix("127.0.0.3:\(port) refused the connection") == true)
                }
            }
        }
    }

    @Test("on either version of TLS", arguments: ["-tls1_2", "-tls1_3"])
    func versions(option: String) async throws {
        try await withTemporaryDirectory { directory in
            let leaf = try await OpenSSL(in: directory).certificate("www.example.com", .rsa)
            try await OpenSSLServer.withRunning(leaf, [option], in: directory) { port in
                try await withProbe { probe in
                    let shown = await probe.ask(port: port, .rsa2048)
                    #expect(shown.map(\.answer) == [.chain(leaf.der)], "\(shown.first?.words ?? "")")
                }
            }
        }
    }

    @Test("also where the server wants a certificate from its clients")
    func clientCertificates() async throws {
        try await withTemporaryDirectory { directory in
            let leaf = try await OpenSSL(in: directory).certificate("www.example.com", .ecdsa)
            try await OpenSSLServer.withRunning(leaf, ["-Verify", "1"], in: directory) { port in
                try await withProbe { probe in
                    let shown = await probe.ask(port: port)
                    #expect(shown.map(\.answer) == [.chain(leaf.der)], "\(shown.first?.words ?? "")")
                }
            }
        }
    }

    @Test("and says so where it has no certificate with our type of key", arguments: ["-tls1_2", "-tls1_3"])
    func otherKeyType(option: String) async throws {
        try await withTemporaryDirectory { directory in
            let leaf = try await OpenSSL(in: directory).certificate("www.example.com", .rsa)
            try await OpenSSLServer.withRunning(leaf, [option], in: directory) { port in
                try await withProbe { probe in
                    let words = try #require(await probe.ask(port: port, .ecdsaP256).first?.words)
                    #expect(words.hasPrefix("127.0.0.1:\(port) refused the handshake") && words.contains("type of key"))
                }
            }
        }
    }

    @Test("and says so where it speaks no TLS that is fit to use")
    func oldVersion() async throws {
        try await withTemporaryDirectory { directory in
            let leaf = try await OpenSSL(in: directory).certificate("www.example.com", .rsa)
            let options = ["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"]
            try await OpenSSLServer.withRunning(leaf, options, in: directory) { port in
                try await withProbe { probe in
                    let words = try #require(await probe.ask(port: port, .rsa2048).first?.words)
                    #expect(words == "127.0.0.1:\(port) speaks neither TLS 1.2 nor TLS 1.3.")
                }
            }
        }
    }
}
