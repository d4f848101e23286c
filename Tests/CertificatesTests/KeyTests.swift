import Automation
import Foundation
import PluginKit
import Testing

@testable import Certificates

@Suite struct KeyTests {
    @Test("a key of each type is made, written as PKCS#8 and read back as the same key", arguments: KeyType.allCases)
    func generates(type: KeyType) throws {
        let key = try PrivateKey.generate(type)
        #expect(key.type == type)
        #expect(key.publicKey.type == type)
        for form in [key.pkcs8(), key.pkcs8PEM()] {
            let again = try PrivateKey(reading: form)
            #expect(again.publicKey == key.publicKey)
            #expect(again.type == type)
            #expect(again.pkcs8().matches(key.pkcs8()))
        }
    }

    @Test(
        "OpenSSL reads our PKCS#8 and finds the same public key", arguments: [KeyType.ecdsaP256, .ecdsaP384, .rsa2048])
    func openSSLReadsOurs(type: KeyType) async throws {
        let directory = try TemporaryDirectory()
        let key = try PrivateKey.generate(type)
        let file = try directory.write(key.pkcs8PEM().withBytes { Data($0) }, "key.pem")
        try await Tool.openssl.run("pkey", "-in", file, "-check", "-noout")
        try await Tool.openssl.run("pkey", "-in", file, "-pubout", "-outform", "DER", "-out", "\(directory.path)/pub")
        #expect(try directory.read("pub") == key.publicKey.info)
    }

    @Test(
        "keys that OpenSSL made are read in every encoding",
        arguments: [
            ("EC -pkeyopt ec_paramgen_curve:P-256", KeyType.ecdsaP256),
            ("EC -pkeyopt ec_paramgen_curve:P-384", .ecdsaP384),
            ("EC -pkeyopt ec_paramgen_curve:P-521", nil), ("RSA -pkeyopt rsa_keygen_bits:2048", .rsa2048),
            ("RSA -pkeyopt rsa_keygen_bits:3072", .rsa3072), ("RSA -pkeyopt rsa_keygen_bits:2560", nil),
            ("ED25519", nil),
        ])
    func readsOpenSSLKeys(algorithm: String, type: KeyType?) async throws {
        let directory = try TemporaryDirectory()
        let file = "\(directory.path)/key.pem"
        let options = algorithm.split(separator: " ").map(String.init)
        try await Tool.openssl.run(["genpkey", "-out", file, "-algorithm"] + options)
        try await Tool.openssl.run("pkey", "-in", file, "-pubout", "-outform", "DER", "-out", "\(directory.path)/pub")
        try await Tool.openssl.run("pkey", "-in", file, "-outform", "DER", "-out", "\(directory.path)/key.der")
        var names = ["key.pem", "key.der"]
        if algorithm != "ED25519" {  // which is younger than the old forms
            let old = ["pkey", "-in", file, "-traditional", "-out", "\(directory.path)/old"]
            try await Tool.openssl.run(old + ["-outform", "PEM"])
            try FileManager.default.moveItem(atPath: "\(directory.path)/old", toPath: "\(directory.path)/old.pem")
            try await Tool.openssl.run(old + ["-outform", "DER"])
            names += ["old.pem", "old"]
        }
        for name in names {
            let key = try PrivateKey(reading: Secret(directory.read(name)))
            #expect(key.publicKey.info == (try directory.read("pub")), "\(name)")
            #expect(key.type == type, "\(name)")
            // What we would store and publish is the same key for OpenSSL as well.
            let ours = try directory.write(key.pkcs8().withBytes { Data($0) }, "ours.der")
            try await Tool.openssl.run(
                "pkey", "-in", ours, "-pubout", "-outform", "DER", "-out", "\(directory.path)/ours")
            #expect(try directory.read("ours") == directory.read("pub"), "\(name)")
        }
    }

    @Test("an old EC file with its parameters before the key is read")
    func readsParametersBlock() async throws {
        let directory = try TemporaryDirectory()
        let file = "\(directory.path)/key.pem"
        try await Tool.openssl.run("ecparam", "-name", "prime256v1", "-genkey", "-out", file)
        #expect(String(decoding: try directory.read("key.pem"), as: UTF8.self).contains("EC PARAMETERS"))
        #expect(try PrivateKey(reading: Secret(directory.read("key.pem"))).type == .ecdsaP256)
    }

    @Test("a scalar without its leading zeros is the same key")
    func padsScalars() throws {
        // SEC1 with the scalar 5 in one byte: 30 .. 02 01 01, 04 01 05, A0 0A 06 08 prime256v1
        let short: [UInt8] = [
            0x30, 0x12, 0x02, 0x01, 0x01, 0x04, 0x01, 0x05, 0xA0, 0x0A, 0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03,
            0x01,
            0x07,
        ]
        let long = Array(short[0..<5]) + [0x04, 0x20] + [UInt8](repeating: 0, count: 31) + [0x05] + short[8...]
        var full = long
        full[1] = UInt8(long.count - 2)
        let key = try PrivateKey(reading: Secret(short))
        #expect(try key.publicKey == PrivateKey(reading: Secret(full)).publicKey)
    }

    @Test(
        "an encrypted key is refused with the way to decrypt it",
        arguments: [["-aes256"], ["-aes256", "-traditional"]])
    func refusesEncrypted(options: [String]) async throws {
        let directory = try TemporaryDirectory()
        let plain = try directory.write(PrivateKey.generate(.ecdsaP256).pkcs8PEM().withBytes { Data($0) }, "plain.pem")
        let locked = "\(directory.path)/locked.pem"
        let arguments = ["pkey", "-in", plain, "-passout", "pass:secret", "-out", locked]
        try await Tool.openssl.run(arguments + options)
        expect(.keyEncrypted) { () throws(CertificateFailure) in
            try PrivateKey(reading: Secret((try? directory.read("locked.pem")) ?? Data()))
        }
    }

    @Test("what is no usable key has a code of its own")
    func refusals() async throws {
        let directory = try TemporaryDirectory()
        let weak = "\(directory.path)/weak.pem"
        try await Tool.openssl.run("genrsa", "-out", weak, "1024")
        let odd = "\(directory.path)/odd.pem"
        try await Tool.openssl.run("ecparam", "-name", "secp256k1", "-genkey", "-noout", "-out", odd)
        let other = "\(directory.path)/x.pem"
        try await Tool.openssl.run("genpkey", "-algorithm", "X25519", "-out", other)
        let one = try PrivateKey.generate(.ecdsaP256).pkcs8PEM().withBytes { Data($0) }
        let cases: [(CertificateFailure.Code, Data)] = [
            (.keyWeak, try directory.read("weak.pem")), (.keyUnknownKind, try directory.read("odd.pem")),
            (.keyUnknownKind, try directory.read("x.pem")), (.keySeveral, one + one),
            (.keyOpenSSH, Data(PEM.encode("OPENSSH PRIVATE KEY", [1, 2, 3]))),
            (.keyMissing, Data(PEM.encode("CERTIFICATE", [1, 2, 3]))), (.keyUnreadable, Data("no key".utf8)),
            (.keyUnreadable, Data()),
            (.keyUnreadable, Data(PEM.encode("PRIVATE KEY", [0x30, 0x03, 0x02, 0x01, 0x00]))),
            (.inputTooLarge, Data(count: 262_145)), (.inputDamaged, Data("-----BEGIN PRIVATE KEY-----\nAAAA".utf8)),
        ]
        for (code, input) in cases {
            expect(code) { () throws(CertificateFailure) in try PrivateKey(reading: Secret(input)) }
        }
    }

    @Test("a key does not show itself, nor do failures show what they read")
    func showsNothing() throws {
        let key = try PrivateKey.generate(.ecdsaP256)
        #expect("\(key)" == "(private key)")
        #expect(String(reflecting: key) == "(private key)")
        var dumped = ""
        dump(key, to: &dumped)
        #expect(!dumped.contains("P256"))
        let text = String(decoding: key.pkcs8PEM().withBytes { Array($0) }, as: UTF8.self)
        let broken = text.replacingOccurrences(of: "MIGHAg", with: "MIGHAA")
        #expect(broken != text)
        do {
            _ = try PrivateKey(reading: Secret(text: broken))
            Issue.record("a broken key was read")
        } catch {
            let lines = text.split(separator: "\n").dropFirst().dropLast()
            #expect(lines.allSatisfy { !"\(error)".contains($0.prefix(16)) })
        }
    }
}
