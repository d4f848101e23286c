import Automation
import Foundation
import PluginKit
import SwiftASN1
import Testing
import X509

@testable import Certificates

@Suite struct ImportedMaterialTests {
    private let now = TestAuthority.now

    private func file(_ source: String, _ bytes: some Collection<UInt8>) -> ImportFile {
        ImportFile(source: source, content: Secret(bytes))
    }

    private func key(_ authority: TestAuthority) -> Data { authority.key.pkcs8PEM().withBytes { Data($0) } }

    private func material(_ files: ImportFile..., passphrase: Secret? = nil) -> ImportedMaterial {
        ImportedMaterial(files: files, passphrase: passphrase, at: now)
    }

    @Test("one file with everything in any order gives one pair, without the root")
    func oneFile() throws {
        let made = try TestChain()
        let parts = [
            made.root.certificate.pem, key(made.leaf), made.intermediate.certificate.pem, made.leaf.certificate.pem,
        ]
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<8 {
            let bytes = parts.shuffled(using: &generator).reduce(into: Data()) { $0 += $1 }
            let found = material(file("all.pem", bytes))
            #expect(found.leftOut.isEmpty)
            let pair = try #require(found.pairs.first)
            #expect(found.pairs.count == 1 && pair.name == "www.example.com" && pair.sources == ["all.pem"])
            #expect(try pair.chain == made.chain)
            #expect(pair.key.publicKey == made.leaf.key.publicKey)
        }
    }

    @Test("key, leaf and chain may stand in files of their own, in PEM and DER")
    func severalFiles() throws {
        let made = try TestChain()
        let found = material(
            file("a.key", made.leaf.key.pkcs8().withBytes { Data($0) }), file("a.crt", made.leaf.certificate.der),
            file("chain.pem", made.intermediate.certificate.pem))
        #expect(found.leftOut.isEmpty)
        #expect(found.pairs.first?.sources == ["a.key", "a.crt", "chain.pem"])
        #expect(try found.pairs.first?.chain == made.chain)
    }

    @Test("several certificates in one heap of files each find their key and chain, and names stay unique")
    func severalPairs() throws {
        let one = try TestChain(.leaf("a.example.com"))
        let two = try one.intermediate.issue(.leaf("b.example.com"), .rsa2048)
        let twin = try one.intermediate.issue(.leaf("a.example.com"))
        let address = try one.intermediate.issue(.leaf("2001:db8::7"))
        let wildcard = try one.intermediate.issue(.leaf("*.example.com"))
        let all = [one.leaf, two, twin, address, wildcard]
        let found = material(
            file("keys", all.reduce(into: Data()) { $0 += key($1) }),
            file("certificates", all.reduce(one.intermediate.certificate.pem) { $0 + $1.certificate.pem }))
        #expect(found.leftOut.isEmpty)
        #expect(
            found.pairs.map(\.name) == [
                "a.example.com", "b.example.com", "a.example.com-2", "2001-db8--7", "*.example.com",
            ])
        #expect(found.pairs.allSatisfy { $0.chain.issuers.count == 1 && OptionText.isName($0.name) })
    }

    @Test("PKCS#12 is read with its passphrase and lends its name")
    func pkcs12() throws {
        let made = try TestChain()
        let renderer = try ArtifactRenderer(
            chain: made.chain, key: made.leaf.key, name: "shop", homeKey: Secret(Data(count: 32)))
        let bytes = try renderer.render(.pkcs12, passphrase: Secret(text: "changeit")).bytes.withBytes { Data($0) }
        let found = material(file("shop.p12", bytes), passphrase: Secret(text: "changeit"))
        #expect(found.pairs.map(\.name) == ["shop"] && found.leftOut.isEmpty)
        #expect(try found.pairs.first?.chain == made.chain)
        let locked = material(file("shop.p12", bytes))
        #expect(locked.pairs.isEmpty && locked.leftOut.map(\.reason.code) == [.passphraseMissing])
    }

    @Test("what can't be taken is named with its file and a reason")
    func leftOut() throws {
        let made = try TestChain()
        let stray = try TestAuthority.root("Stray root")
        let lonely = try made.intermediate.issue(.leaf("lonely.example.com"))
        let found = material(
            file("good.pem", key(made.leaf) + made.leaf.certificate.pem + made.intermediate.certificate.pem),
            file("lonely.pem", lonely.certificate.pem), file("stray.key", key(stray)),
            file("other-root.pem", try TestAuthority.root("Other").certificate.pem),
            file("notes.txt", Data("hello".utf8)),
            file("cut.pem", made.leaf.certificate.pem.dropLast(60)), file("huge", Data(count: 262_145)),
            file("empty", Data()), file("request.pem", Data(PEM.encode("CERTIFICATE REQUEST", [1]))),
            file("broken.pem", Data(PEM.encode("CERTIFICATE", [0x30, 0x00]))))
        #expect(found.pairs.map(\.name) == ["www.example.com"])
        let reasons = Dictionary(grouping: found.leftOut, by: \.source).mapValues { $0.map(\.reason.code) }
        #expect(
            reasons == [
                "lonely.pem": [.importNoKey], "stray.key": [.importNoCertificate], "other-root.pem": [.importUnneeded],
                "notes.txt": [.importNothing], "cut.pem": [.inputDamaged], "huge": [.inputTooLarge],
                "empty": [.importNothing], "request.pem": [.importNothing], "broken.pem": [.certificateUnreadable],
            ])
    }

    @Test("a DER file with a key that can't be used says why")
    func weakDER() async throws {
        let directory = try TemporaryDirectory()
        try await Tool.openssl.run("genrsa", "-out", "\(directory.path)/weak.pem", "1024")
        try await Tool.openssl.run(
            "pkey", "-in", "\(directory.path)/weak.pem", "-outform", "DER", "-out", "\(directory.path)/weak.der")
        let found = material(file("weak.der", try directory.read("weak.der")))
        #expect(found.leftOut.map(\.reason.code) == [.keyWeak])
    }

    @Test("an expired certificate stays out, one that begins later comes in")
    func dates() throws {
        let root = try TestAuthority.root()
        let old = try root.issue(.leaf("old.example.com").with { $0.notAfter = now - .seconds(1) })
        let future = try root.issue(.leaf("new.example.com").with { $0.notBefore = now + .days(3) })
        let found = material(
            file("old", key(old) + old.certificate.pem), file("new", key(future) + future.certificate.pem))
        #expect(found.pairs.map(\.name) == ["new.example.com"])
        #expect(found.leftOut == [.init(source: "old", reason: .expired(old.certificate, isLeaf: true))])
    }

    @Test("of several certificates for one key the one that lasts longest is taken")
    func reusedKey() throws {
        let root = try TestAuthority.root()
        let first = try root.issue(.leaf("a.example.com"))
        let second = try root.issue(.leaf("a.example.com").with { $0.notAfter = now + .days(90) }, key: first.key)
        let found = material(
            file("key", key(first)), file("first", first.certificate.pem), file("second", second.certificate.pem))
        #expect(found.pairs.map(\.chain.leaf) == [second.certificate])
        #expect(found.leftOut.map(\.source) == ["first"] && found.leftOut.map(\.reason.code) == [.importSuperseded])
    }

    @Test("a chain that does not hold is left out, with the finding")
    func brokenChain() throws {
        let made = try TestChain()
        let forger = try TestAuthority.selfSigned(
            .authority("Test intermediate").with { $0.hasKeyIdentifiers = false })
        let found = material(file("x", key(made.leaf) + made.leaf.certificate.pem + forger.certificate.pem))
        #expect(found.pairs.isEmpty)
        #expect(found.leftOut.map(\.reason.code) == [.wrongSignature])
    }

    @Test("certificates whose names could not be renewed are left out")
    func unusableNames() throws {
        let root = try TestAuthority.root()
        let none = try root.issue(.leaf().with { $0.name = "a.example.com" })
        let mail = try root.issue(.leaf("a.example.com").with { $0.otherNames = [.rfc822Name("a@example.com")] })
        let found = material(
            file("none", key(none) + none.certificate.pem), file("mail", key(mail) + mail.certificate.pem))
        #expect(found.pairs.isEmpty)
        #expect(found.leftOut.map(\.reason.code) == [.importNoSubjects, .importOtherNames])
    }

    @Test("a certificate that signed itself, made an authority by OpenSSL's default, is taken")
    func selfSigned() async throws {
        let directory = try TemporaryDirectory()
        try await Tool.openssl.run([
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
            "\(directory.path)/k", "-out", "\(directory.path)/c", "-subj", "/CN=nas", "-days", "3650", "-addext",
            "subjectAltName=DNS:nas.example.com",
        ])
        let found = material(file("k", try directory.read("k")), file("c", try directory.read("c")))
        #expect(found.pairs.map(\.name) == ["nas.example.com"])
        #expect(found.leftOut.isEmpty)
    }

    @Test(
        "any text becomes a name that is safe",
        arguments: ["..", "", "-x", ".hidden", "a/b", "a b", "ä", "a..b", "x\u{0}y"])
    func safeNames(text: String) {
        #expect(OptionText.isName(ImportedMaterial.safe(text)))
        #expect(OptionText.isName(ImportedMaterial.safe(String(repeating: text, count: 300))))
    }

    @Test("hundreds of files are paired, each with its own")
    func scales() throws {
        let root = try TestAuthority.root()
        let files = try (0..<300).map { number in
            let made = try root.issue(.leaf("h\(number).example.com"))
            return file("f\(number)", key(made) + made.certificate.pem)
        }
        let found = ImportedMaterial(files: files, at: now)
        #expect(found.pairs.count == 300 && found.leftOut.isEmpty)
    }
}
