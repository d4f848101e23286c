import Automation
import Foundation
import PluginKit
import Testing

@testable import Certificates

@Suite struct PKCS12Tests {
    private static let homeKey = Secret([UInt8](repeating: 7, count: 32))

    private func file(
        _ made: TestChain, passphrase: String, name: String = "www.example.com"
    ) throws -> Secret {
        let renderer = try ArtifactRenderer(
            chain: made.chain, key: made.leaf.key, name: name, homeKey: Self.homeKey)
        return try renderer.render(.pkcs12, passphrase: Secret(text: passphrase)).bytes
    }

    // MARK: What we write

    @Test(
        "OpenSSL reads our file back: key, leaf, chain, name, AES-256 and SHA-256",
        arguments: [KeyType.ecdsaP256, .rsa2048])
    func openSSLReadsOurs(type: KeyType) async throws {
        let directory = try TemporaryDirectory()
        let made = try TestChain(.leaf("www.example.com"), type)
        let path = try directory.write(file(made, passphrase: "pässword 1").withBytes { Data($0) }, "file.p12")
        let text = try await Tool.openssl.run("pkcs12", "-in", path, "-passin", "pass:pässword 1", "-nodes", "-info")
        #expect(text.contains("MAC: sha256, Iteration 10000"))
        #expect(text.contains("MAC length: 32, salt length: 16"))
        let parts = text.components(separatedBy: "PBES2, PBKDF2, AES-256-CBC, Iteration 10000, PRF hmacWithSHA256")
        #expect(parts.count == 3, "key and certificates are encrypted, both with AES-256")
        #expect(text.contains("friendlyName: www.example.com"))
        let key = try PrivateKey(reading: Secret(text: text))
        #expect(key.publicKey == made.leaf.key.publicKey)
        #expect(try CertificateChain(reading: Data(text.utf8)) == made.chain)
        #expect(try await !Tool.openssl.succeeds("pkcs12", "-in", path, "-passin", "pass:wrong", "-nodes"))
    }

    @Test(
        "Java's keytool reads our file back as one private key entry with its chain",
        arguments: [KeyType.ecdsaP256, .rsa2048])
    func javaReadsOurs(type: KeyType) async throws {
        let directory = try TemporaryDirectory()
        let made = try TestChain(.leaf("www.example.com"), type)
        let path = try directory.write(file(made, passphrase: "changeit").withBytes { Data($0) }, "file.p12")
        let text = try await Tool.keytool.run(
            "-list", "-v", "-storetype", "PKCS12", "-keystore", path, "-storepass", "changeit")
        #expect(text.contains("Your keystore contains 1 entry"))
        #expect(text.contains("Alias name: www.example.com"))
        #expect(text.contains("Entry type: PrivateKeyEntry"))
        #expect(text.contains("Certificate chain length: 2"))
        // Java opened the key as well: it can sign with it.
        let request = try await Tool.keytool.run(
            "-certreq", "-keystore", path, "-storepass", "changeit", "-alias", "www.example.com", "-ext",
            "san=dns:www.example.com")
        let block = try #require(try PEM.blocks(in: Data(request.utf8)).first)
        let signed = try SigningRequest(der: block.content.withBytes { Data($0) })
        #expect(signed.publicKey == made.leaf.key.publicKey)
    }

    @Test("what we write we read")
    func readsOurs() throws {
        let made = try TestChain()
        let bytes = try file(made, passphrase: "passphrase")
        #expect(bytes.withBytes { PKCS12File.isLikely($0) })
        let content = try PKCS12File(reading: bytes, passphrase: Secret(text: "passphrase"))
        #expect(content.keys.map(\.publicKey) == [made.leaf.key.publicKey])
        #expect(try CertificateChain(content.certificates) == made.chain)
        #expect(content.friendlyName == "www.example.com")
        #expect(content.problems.isEmpty)
        for passphrase in [nil, Secret([]), Secret(text: "Passphrase")] {
            let code: CertificateFailure.Code =
                passphrase.map { $0.count > 0 } == true ? .passphraseWrong : .passphraseMissing
            expect(code) { () throws(CertificateFailure) in try PKCS12File(reading: bytes, passphrase: passphrase) }
        }
    }

    // MARK: What others write

    /// Lets OpenSSL write a file with these options.
    private func written(
        by options: [String], passphrase: String, _ made: TestChain, in directory: TemporaryDirectory
    ) async throws -> Secret {
        let key = try directory.write(made.leaf.key.pkcs8PEM().withBytes { Data($0) }, "key.pem")
        let chain = try directory.write(made.chain.pem, "chain.pem")
        let path = "\(directory.path)/other.p12"
        try await Tool.openssl.run(
            ["pkcs12", "-export", "-inkey", key, "-in", chain, "-out", path, "-passout", "pass:\(passphrase)"] + options
        )
        return Secret(try directory.read("other.p12"))
    }

    @Test(
        "files that OpenSSL writes are read",
        arguments: [
            [], ["-nomac"], ["-certpbe", "NONE", "-keypbe", "NONE"], ["-certpbe", "NONE", "-keypbe", "NONE", "-nomac"],
            ["-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES", "-macalg", "sha1"], ["-iter", "600000"],
            ["-certpbe", "AES-128-CBC", "-keypbe", "AES-192-CBC", "-macalg", "sha512"],
        ])
    func readsOpenSSL(options: [String]) async throws {
        let directory = try TemporaryDirectory()
        let made = try TestChain()
        let bytes = try await written(by: options, passphrase: "passphrase", made, in: directory)
        let content = try PKCS12File(reading: bytes, passphrase: Secret(text: "passphrase"))
        #expect(content.keys.map(\.publicKey) == [made.leaf.key.publicKey])
        #expect(try CertificateChain(content.certificates) == made.chain)
    }

    @Test("a file with an empty passphrase opens with an empty one and with none at all")
    func emptyPassphrase() async throws {
        let directory = try TemporaryDirectory()
        let made = try TestChain()
        let bytes = try await written(by: [], passphrase: "", made, in: directory)
        for passphrase in [nil, Secret([])] {
            let content = try PKCS12File(reading: bytes, passphrase: passphrase)
            #expect(content.keys.map(\.publicKey) == [made.leaf.key.publicKey])
        }
    }

    @Test("a keystore that Java writes is read")
    func readsJava() async throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/java.p12"
        try await Tool.keytool.run(
            "-genkeypair", "-alias", "web", "-keyalg", "EC", "-groupname", "secp256r1", "-dname", "CN=a.example.com",
            "-ext", "san=dns:a.example.com", "-storetype", "PKCS12", "-keystore", path, "-storepass", "changeit")
        let bytes = Secret(try directory.read("java.p12"))
        let content = try PKCS12File(reading: bytes, passphrase: Secret(text: "changeit"))
        #expect(content.keys.first?.type == .ecdsaP256)
        #expect(content.certificates.first?.subjects.map(\.description) == ["a.example.com"])
        #expect(content.friendlyName == "web")
    }

    @Test(
        "outdated encryption is refused with the command that converts the file",
        arguments: [["-legacy"], ["-legacy", "-descert"]])
    func refusesLegacy(options: [String]) async throws {
        let directory = try TemporaryDirectory()
        let made = try TestChain()
        let bytes = try await written(
            by: options + ["-certpbe", "PBE-SHA1-RC2-40"], passphrase: "passphrase", made, in: directory)
        do {
            _ = try PKCS12File(reading: bytes, passphrase: Secret(text: "passphrase"))
            Issue.record("a legacy file was read")
        } catch {
            #expect(error.code == .pkcs12Legacy)
            #expect("\(error)".contains("openssl pkcs12 -legacy"))
        }
        // The remedy works.
        let pem = "\(directory.path)/converted.pem"
        try await Tool.openssl.run(
            "pkcs12", "-legacy", "-in", "\(directory.path)/other.p12", "-nodes", "-passin", "pass:passphrase", "-out",
            pem)
        let file = ImportFile(source: pem, content: Secret(try directory.read("converted.pem")))
        #expect(ImportedMaterial(files: [file], at: TestAuthority.now).pairs.count == 1)
    }

    @Test("a file that asks for years of key derivation is refused at once, wherever it asks")
    func refusesCost() async throws {
        let directory = try TemporaryDirectory()
        let made = try TestChain()
        // 65,536 rounds, and 8,388,607 put in their place: more than are allowed in all.
        let honest: [UInt8] = [0x02, 0x03, 0x01, 0x00, 0x00]
        let greedy: [UInt8] = [0x02, 0x03, 0x7F, 0xFF, 0xFF]
        var files: [Secret] = []
        for options in [["-iter", "65536"], ["-nomac", "-iter", "65536"]] {
            var bytes = try await written(by: options, passphrase: "x", made, in: directory).withBytes { Array($0) }
            let places = bytes.indices.dropLast(4).filter { bytes[$0..<$0 + 5].elementsEqual(honest) }
            #expect(places.count >= 1)
            // The last place is that of the MAC, where there is one: it is asked first.
            let last = try #require(places.last)
            bytes.replaceSubrange(last..<last + 5, with: greedy)
            files.append(Secret(bytes))
        }
        for file in files {
            let start = ContinuousClock.now
            expect(.pkcs12TooCostly) { () throws(CertificateFailure) in
                try PKCS12File(reading: file, passphrase: Secret(text: "x"))
            }
            #expect(ContinuousClock.now - start < .milliseconds(500))
        }
    }

    @Test("scrypt, whose memory has no bound, and kinds of content that nobody writes are refused")
    func refusesUnknownEncryption() {
        // AlgorithmIdentifier { PBES2, { { scrypt, {} }, … } }
        let scrypt: [UInt8] = [
            0x30, 0x1C, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x05, 0x0D, 0x30, 0x0F, 0x30, 0x0D, 0x06,
            0x09, 0x2B,
            0x06, 0x01, 0x04, 0x01, 0xDA, 0x47, 0x04, 0x0B, 0x30, 0x00,
        ]
        expect(.pkcs12UnknownEncryption) { () throws(CertificateFailure) in try DerivationCost.rounds(of: scrypt) }
        expect(.pkcs12UnknownEncryption) { () throws(CertificateFailure) in
            try DerivationCost.rounds(of: [0x30, 0x03, 0x06, 0x01, 0x2A])
        }
        expect(.pkcs12UnknownEncryption) { () throws(CertificateFailure) in try DerivationCost.rounds(of: []) }
    }

    @Test("what is no PKCS#12 is unreadable")
    func refusesJunk() throws {
        for bytes: [UInt8] in [
            [], [0x30, 0x00], [0x30, 0x03, 0x02, 0x01, 0x03], [UInt8](repeating: 0x30, count: 100),
        ] {
            expect(.pkcs12Unreadable) { () throws(CertificateFailure) in
                try PKCS12File(reading: Secret(bytes), passphrase: nil)
            }
        }
        expect(.inputTooLarge) { () throws(CertificateFailure) in
            try PKCS12File(reading: Secret([UInt8](repeating: 0x30, count: 262_145)), passphrase: nil)
        }
        let good = try file(TestChain(), passphrase: "passphrase").withBytes { Array($0) }
        expect(.pkcs12Unreadable) { () throws(CertificateFailure) in
            try PKCS12File(reading: Secret(good + [0x00]), passphrase: Secret(text: "passphrase"))
        }
        expect(.pkcs12Unreadable) { () throws(CertificateFailure) in
            try PKCS12File(reading: Secret(good.dropLast()), passphrase: Secret(text: "passphrase"))
        }
    }
}
