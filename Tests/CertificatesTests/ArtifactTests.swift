import Automation
import Foundation
import PluginKit
import Testing

@testable import Certificates

@Suite struct ArtifactTests {
    private static let homeKey = Secret([UInt8](repeating: 7, count: 32))
    private let made: TestChain
    private let renderer: ArtifactRenderer

    init() throws {
        made = try TestChain()
        renderer = try ArtifactRenderer(chain: made.chain, key: made.leaf.key, name: "web", homeKey: Self.homeKey)
    }

    private func bytes(_ content: Artifact.Content) throws -> Data {
        try renderer.render(content).bytes.withBytes { Data($0) }
    }

    @Test("each form holds what its name says, in the order that servers expect")
    func forms() throws {
        let leaf = made.leaf.certificate.pem
        let middle = made.intermediate.certificate.pem
        let key = made.leaf.key.pkcs8PEM().withBytes { Data($0) }
        #expect(try bytes(.certificate) == leaf)
        #expect(try bytes(.chain) == middle)
        #expect(try bytes(.fullchain) == leaf + middle)
        #expect(try bytes(.privateKey) == key)
        #expect(try bytes(.bundle) == key + leaf + middle)
        #expect(try bytes(.der) == made.leaf.certificate.der)
    }

    @Test("OpenSSL reads key and certificates from the bundle, and they match")
    func openSSLReadsBundle() async throws {
        let directory = try TemporaryDirectory()
        let file = try directory.write(bytes(.bundle), "bundle.pem")
        let key = try await Tool.openssl.run("pkey", "-in", file, "-pubout")
        #expect(try await Tool.openssl.run("x509", "-in", file, "-noout", "-pubkey") == key)
        let root = try directory.write(made.root.certificate.pem, "root.pem")
        let chain = try directory.write(bytes(.chain), "chain.pem")
        try await Tool.openssl.run(
            "verify", "-attime", "\(TestAuthority.now.seconds)", "-x509_strict", "-CAfile", root, "-untrusted", chain,
            file)
    }

    @Test("public digests are SHA-256 of the bytes; private ones need the home's key to be guessed")
    func digests() async throws {
        for content in Artifact.Content.ofVersions where !content.isPrivate {
            let artifact = try renderer.render(content)
            let directory = try TemporaryDirectory()
            let file = try directory.write(artifact.bytes.withBytes { Data($0) }, "file")
            let text = try await Tool.openssl.run("dgst", "-sha256", "-r", file)
            #expect(text.hasPrefix(artifact.digest.map { String(format: "%02x", $0) }.joined()))
        }
        let other = try ArtifactRenderer(
            chain: made.chain, key: made.leaf.key, name: "web", homeKey: Secret([UInt8](repeating: 8, count: 32)))
        for content in [Artifact.Content.privateKey, .bundle] {
            #expect(try renderer.render(content).digest == renderer.render(content).digest)
            #expect(try renderer.render(content).digest != other.render(content).digest)
            #expect(try renderer.render(content).digest.count == 32)
        }
    }

    @Test("a digest is known without rendering, and changes with every part that goes in")
    func digestsFollowInputs() throws {
        let passphrase = Secret(text: "passphrase")
        for content in Artifact.Content.ofVersions {
            let given = content == .pkcs12 ? passphrase : nil
            let rendered = try renderer.render(content, passphrase: given).digest
            #expect(try renderer.digest(of: content, passphrase: given) == rendered, "\(content)")
        }
        let another = try made.intermediate.issue(.leaf("www.example.com"), key: made.leaf.key)
        let sameKey = try CertificateChain([another.certificate, made.intermediate.certificate])
        let bare = try CertificateChain([made.leaf.certificate])
        func digests(_ chain: CertificateChain, _ name: String, _ passphrase: Secret) throws -> [Data] {
            let renderer = try ArtifactRenderer(chain: chain, key: made.leaf.key, name: name, homeKey: Self.homeKey)
            return [
                try renderer.digest(of: .privateKey), try renderer.digest(of: .bundle),
                try renderer.digest(of: .pkcs12, passphrase: passphrase),
            ]
        }
        let first = try digests(made.chain, "web", passphrase)
        #expect(Set(first).count == 3)
        for chain in [sameKey, bare] {
            let changed = try digests(chain, "web", passphrase)
            #expect(changed[0] == first[0], "the key alone does not depend on its chain")
            #expect(changed[1] != first[1] && changed[2] != first[2])
        }
        #expect(try digests(made.chain, "other", passphrase)[2] != first[2])
        #expect(try digests(made.chain, "web", Secret(text: "passphrasf"))[2] != first[2])
    }

    @Test("PKCS#12 bytes differ each time, its digest does not")
    func stablePKCS12Digest() throws {
        let passphrase = Secret(text: "passphrase")
        let one = try renderer.render(.pkcs12, passphrase: passphrase)
        let two = try renderer.render(.pkcs12, passphrase: passphrase)
        #expect(!one.bytes.matches(two.bytes))
        #expect(one.digest == two.digest)
    }

    @Test("requests are rendered in their order, each passphrase is resolved by its name")
    func rendersRequests() throws {
        let requests = [
            ArtifactRequest(.pkcs12, passphrase: "store"), ArtifactRequest(.fullchain), ArtifactRequest(.privateKey),
        ]
        var asked: [String] = []
        let artifacts = try renderer.render(requests) { name in
            asked.append(name)
            return Secret(text: "passphrase")
        }
        #expect(artifacts.map(\.content) == requests.map(\.content))
        #expect(asked == ["store"])
    }

    @Test("without its key only public forms are rendered")
    func keyGone() throws {
        let keyless = try ArtifactRenderer(chain: made.chain, key: nil, name: "web", homeKey: Self.homeKey)
        for content in Artifact.Content.ofVersions {
            if content.isPrivate {
                expect(.keyMissing) { () throws(CertificateFailure) in
                    try keyless.render(content, passphrase: Secret(text: "passphrase"))
                }
                expect(.keyMissing) { () throws(CertificateFailure) in
                    try keyless.digest(of: content, passphrase: Secret(text: "passphrase"))
                }
            } else {
                #expect(try keyless.render(content).bytes.count > 0)
            }
        }
    }

    @Test("a key of another certificate, a short home key and a missing passphrase are refused")
    func refuses() throws {
        let chain = try made.chain
        expect(.wrongKey) { () throws(CertificateFailure) in
            try ArtifactRenderer(chain: chain, key: made.root.key, name: "web", homeKey: Self.homeKey)
        }
        expect(.homeKeyLength) { () throws(CertificateFailure) in
            try ArtifactRenderer(chain: chain, key: nil, name: "web", homeKey: Secret([1, 2, 3]))
        }
        expect(.passphraseMissing) { () throws(CertificateFailure) in try renderer.render(.pkcs12) }
        for (code, passphrase) in [
            (CertificateFailure.Code.passphraseEmpty, Secret([])), (.passphraseUnusable, Secret([0x61, 0x00, 0x62])),
            (.passphraseUnusable, Secret([0xFF, 0xFE])),
            (.passphraseUnusable, Secret([UInt8](repeating: 0x61, count: 1025))),
        ] {
            expect(code) { () throws(CertificateFailure) in try renderer.render(.pkcs12, passphrase: passphrase) }
        }
    }
}
