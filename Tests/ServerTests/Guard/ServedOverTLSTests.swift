import Automation
import Foundation
import TestPeers
import Testing

@testable import Server

@Suite("Served over TLS")
struct ServedOverTLSTests {
    private static func serve(_ certificate: OpenSSL.Certificate, on serving: ServingCertificate, named name: String)
        throws
    {
        let pem = try String(contentsOf: certificate.key, encoding: .utf8)
        let base64 = pem.split(separator: "\n").filter { !$0.hasPrefix("-----") }.joined()
        try serving.serve(chain: certificate.der, key: try #require(Data(base64Encoded: base64)), named: name)
    }

    @Test("another certificate is served without a restart, and the answers are those without TLS")
    func changingCertificates() async throws {
        try await withTemporaryDirectory { directory in
            let openssl = OpenSSL(in: directory)
            let first = try await openssl.certificate("localhost", .ecdsa)
            let second = try await openssl.certificate("localhost", .ecdsa)
            let serving = ServingCertificate()
            try Self.serve(first, on: serving, named: "first")
            let house = try await GuardHouse(behindProxy: false)
            try await GuardHouse.served(house, certificate: serving) { house, client in
                let url = try #require(URL(string: "https://localhost:\(client.port)/healthz"))
                let trustingFirst = Curl(in: directory, trusting: first.chain)
                let trustingSecond = Curl(in: directory, trusting: second.chain)
                let answer = try await trustingFirst.get(url)
                #expect(answer.status == 200)
                #expect(answer.body == "ok\n")
                #expect(answer.values(of: "content-security-policy") == [Gate.contentSecurityPolicy])
                await #expect(throws: PeerFailure.self) { try await trustingSecond.get(url) }
                #expect(serving.current == "first")
                try Self.serve(second, on: serving, named: "second")
                #expect(serving.current == "second")
                #expect(try await trustingSecond.get(url).status == 200)
                await #expect(throws: PeerFailure.self) { try await trustingFirst.get(url) }
                // A broken one changes nothing.
                #expect(throws: (any Error).self) {
                    try serving.serve(chain: [Data([1])], key: Data([2]), named: "torn")
                }
                #expect(serving.current == "second")
                #expect(try await trustingSecond.get(url).status == 200)
                // What speaks no TLS, or is too old for ours, gets nothing, and harms nobody.
                let plain = try? await client.send("GET", "/healthz")
                #expect(plain == nil)
                await #expect(throws: PeerFailure.self) {
                    try await Curl.program.run(
                        [
                            "--silent", "--insecure", "--tls-max", "1.1", "--ciphers", "DEFAULT@SECLEVEL=0",
                            url.absoluteString,
                        ],
                        in: directory)
                }
                // Nobody's word on who the client is counts where no proxy stands before it.
                _ = try await trustingSecond.post(
                    ["name": "anna", "password": "x"], to: url.deletingLastPathComponent().appending(path: "sign-in"))
                #expect(
                    try await house.events("sign-in.failed").compactMap { $0.draft.detail["address"] } == ["127.0.0.1"])
            }
        }
    }
}
