import Automation
import Foundation
import SwiftASN1
import Testing
import X509

@testable import Certificates

@Suite struct CertificateChainTests {
    @Test("a chain is put in order from any order, PEM or DER, with duplicates and with its root")
    func orders() throws {
        let made = try TestChain()
        let all = [made.leaf, made.intermediate, made.root].map(\.certificate)
        var generator = SeededGenerator(seed: 7)
        for round in 0..<12 {
            let shuffled = (all + (round % 2 == 0 ? [] : [all[round % 3]])).shuffled(using: &generator)
            for input in [
                shuffled.reduce(into: Data()) { $0 += $1.pem }, shuffled.reduce(into: Data()) { $0 += $1.der },
            ] {
                let chain = try CertificateChain(reading: input)
                #expect(chain.certificates == all)
                #expect(chain.unused.isEmpty)
                #expect(chain.withoutRoot().certificates == Array(all.prefix(2)))
            }
        }
    }

    @Test("without key identifiers the names decide")
    func ordersByNames() throws {
        let plain: (inout TestAuthority.Request) -> Void = { $0.hasKeyIdentifiers = false }
        let root = try TestAuthority.selfSigned(.authority("Old root").with(plain))
        let middle = try root.issue(.authority("Old middle").with(plain))
        let leaf = try middle.issue(.leaf("a.example.com").with(plain))
        let chain = try CertificateChain([root.certificate, leaf.certificate, middle.certificate])
        #expect(chain.certificates == [leaf.certificate, middle.certificate, root.certificate])
    }

    @Test("of two authorities with one name, the one whose key signed is taken")
    func choosesByKey() throws {
        let plain: (inout TestAuthority.Request) -> Void = { $0.hasKeyIdentifiers = false }
        let old = try TestAuthority.selfSigned(.authority("Twin").with(plain))
        let new = try TestAuthority.selfSigned(.authority("Twin").with(plain))
        let leaf = try new.issue(.leaf("a.example.com").with(plain))
        let chain = try CertificateChain([old.certificate, new.certificate, leaf.certificate])
        #expect(chain.issuers == [new.certificate])
        #expect(chain.unused == [old.certificate])
    }

    @Test("a cross-signed root is followed no further than it leads, and never in a circle")
    func survivesCircles() throws {
        let one = try TestAuthority.root("One")
        let two = try TestAuthority.root("Two")
        let oneByTwo = try two.issue(.authority("One"), key: one.key)
        let twoByOne = try one.issue(.authority("Two"), key: two.key)
        let leaf = try one.issue(.leaf("a.example.com"))
        let chain = try CertificateChain([oneByTwo.certificate, twoByOne.certificate, leaf.certificate])
        #expect(chain.leaf == leaf.certificate)
        #expect(chain.issuers == [oneByTwo.certificate, twoByOne.certificate])
    }

    @Test("an authority's new key, signed by its old one, is no root and stays in the chain")
    func keepsKeyRollover() throws {
        let old = try TestAuthority.root("Authority")
        let rolled = try old.issue(.authority("Authority"))
        let leaf = try rolled.issue(.leaf("a.example.com"))
        let chain = try CertificateChain([old, leaf, rolled].map(\.certificate))
        #expect(chain.issuers == [rolled.certificate, old.certificate])
        #expect(chain.withoutRoot().issuers == [rolled.certificate])
        #expect(chain.withoutRoot().withoutRoot().issuers == [rolled.certificate])
        try chain.verify(key: leaf.key.publicKey, subjects: chain.leaf.subjects, at: TestAuthority.now)
    }

    @Test("what belongs to no chain is set aside, and two leaves are a question")
    func setsAside() throws {
        let made = try TestChain()
        let other = try TestChain(.leaf("other.example.com"))
        let chain = try CertificateChain([other.intermediate, made.leaf, made.intermediate].map(\.certificate))
        #expect(chain.leaf == made.leaf.certificate)
        #expect(chain.unused == [other.intermediate.certificate])
        let both = [made.leaf, other.leaf].map(\.certificate)
        expect(.severalLeaves) { () throws(CertificateFailure) in try CertificateChain(both) }
        #expect(try CertificateChain(both, key: other.leaf.key.publicKey).leaf == other.leaf.certificate)
        let authorities = [made.intermediate, other.intermediate].map(\.certificate)
        expect(.noLeaf) { () throws(CertificateFailure) in try CertificateChain(authorities) }
        expect(.noCertificate) { () throws(CertificateFailure) in try CertificateChain([SignedCertificate]()) }
    }

    @Test("a certificate that signed itself is a chain of one, and stays when roots go")
    func selfSigned() throws {
        let alone = try TestAuthority.selfSigned(.leaf("a.example.com").with { $0.name = "a.example.com" })
        let chain = try CertificateChain(reading: alone.certificate.pem)
        #expect(chain.withoutRoot().certificates == [alone.certificate])
        #expect(chain.leaf.isSelfSigned)
        let root = try CertificateChain(reading: TestAuthority.root().certificate.der)
        #expect(root.withoutRoot().certificates.count == 1)
    }

    @Test("the chain ends when the first of its certificates does")
    func endsEarly() throws {
        let root = try TestAuthority.root()
        let end = TestAuthority.now + .days(5)
        let middle = try root.issue(.authority("Short").with { $0.notAfter = end })
        let leaf = try middle.issue(.leaf("a.example.com"))
        let chain = try CertificateChain([leaf.certificate, middle.certificate])
        #expect(chain.notAfter == end)
        #expect(chain.leaf.notAfter == TestAuthority.now + .days(80))
    }

    @Test("what a certificate says is what OpenSSL says", arguments: [KeyType.ecdsaP256, .rsa2048])
    func factsMatchOpenSSL(type: KeyType) async throws {
        let directory = try TemporaryDirectory()
        let made = try TestChain(.leaf("www.example.com", "10.0.0.1").with { $0.name = "www.example.com" }, type)
        let leaf = made.leaf.certificate
        let file = try directory.write(leaf.pem, "leaf.pem")
        let text = try await Tool.openssl.run(
            "x509", "-in", file, "-noout", "-serial", "-fingerprint", "-sha256", "-issuer", "-startdate", "-enddate",
            "-dateopt", "iso_8601", "-nameopt", "RFC2253")
        let serial = leaf.serial.uppercased()
        #expect(text.contains("serial=\(serial)") || text.contains("serial=\(serial.drop { $0 == "0" })"))
        let fingerprint = leaf.fingerprint.description.uppercased()
        #expect(text.replacingOccurrences(of: ":", with: "").contains(fingerprint))
        #expect(text.contains("issuer=\(leaf.issuer)"))
        #expect(text.contains("notBefore=2026-12-22 00:00:00Z") && leaf.notBefore.description == "2026-12-22T00:00:00Z")
        #expect(text.contains("notAfter=2027-03-22 00:00:00Z") && leaf.notAfter.description == "2027-03-22T00:00:00Z")
        try await Tool.openssl.run("x509", "-in", file, "-noout", "-pubkey", "-out", "\(directory.path)/pub.pem")
        try await Tool.openssl.run(
            "pkey", "-pubin", "-in", "\(directory.path)/pub.pem", "-outform", "DER", "-out", "\(directory.path)/pub")
        #expect(try directory.read("pub") == leaf.publicKey.info)
        #expect(leaf.publicKey.type == type)
        #expect(leaf.authorityKeyIdentifier == made.intermediate.certificate.subjectKeyIdentifier)
        #expect(leaf.subjects.map(\.description) == ["www.example.com", "10.0.0.1"])
        #expect(!leaf.isAuthority && made.intermediate.certificate.isAuthority)
        let facts = try made.chain.facts(certificate: "web", number: 3)
        #expect(facts.fingerprint == leaf.fingerprint && facts.number == 3 && facts.notAfter == leaf.notAfter.date)
    }

    @Test("names of other kinds are told apart, and a hostile text is made harmless")
    func otherNames() throws {
        let request = TestAuthority.Request.leaf("a.example.com").with {
            $0.otherNames = [
                .rfc822Name("a@example.com"), .uniformResourceIdentifier("spiffe://x"), .dnsName("bad\u{1B}[2Jname"),
                .dnsName("192.0.2.1"), .ipAddress(ASN1OctetString(contentBytes: [1, 2, 3])),
            ]
        }
        let leaf = try TestAuthority.root().issue(request).certificate
        #expect(leaf.subjects.map(\.description) == ["a.example.com"])
        #expect(
            leaf.otherNames == [
                "email:a@example.com", "URI:spiffe://x", "DNS:bad?[2Jname", "DNS:192.0.2.1", "IP: not an address",
            ])
    }

    @Test("inputs beyond the limits are refused before they are parsed")
    func limits() throws {
        expect(.inputTooLarge) { () throws(CertificateFailure) in try CertificateChain(reading: Data(count: 262_145)) }
        let one = try TestAuthority.root().certificate
        let many = (0..<21).reduce(into: Data()) { bytes, _ in bytes += one.pem }
        expect(.inputTooMany) { () throws(CertificateFailure) in try CertificateChain(reading: many) }
        expect(.inputTooMany) { () throws(CertificateFailure) in
            try CertificateChain(der: [Data](repeating: one.der, count: 21))
        }
        expect(.certificateUnreadable) { () throws(CertificateFailure) in
            try SignedCertificate(der: Data(count: 65_537))
        }
        expect(.noCertificate) { () throws(CertificateFailure) in try CertificateChain(reading: Data()) }
        let key = PEM.encode("PRIVATE KEY", [1])
        expect(.noCertificate) { () throws(CertificateFailure) in try CertificateChain(reading: Data(key)) }
    }

    @Test("a certificate with a key that clients refuse is unreadable, and says so")
    func refusesWeakKeys() async throws {
        let directory = try TemporaryDirectory()
        try await Tool.openssl.run([
            "req", "-x509", "-newkey", "rsa:1024", "-nodes", "-keyout", "\(directory.path)/k", "-out",
            "\(directory.path)/c", "-subj", "/CN=x", "-days", "1",
        ])
        do {
            _ = try CertificateChain(reading: directory.read("c"))
            Issue.record("a weak key was accepted")
        } catch {
            #expect((error as? CertificateFailure)?.code == .certificateUnreadable)
            #expect("\(error)".contains("2048"))
        }
    }
}
