import Automation
import Foundation
import SwiftASN1
import Testing
import X509

@testable import Certificates

@Suite struct ChainVerificationTests {
    private static let now = TestAuthority.now

    private func names(_ names: String...) throws -> [Subject] { try names.map { try #require(Subject($0)) } }

    private func verify(
        _ code: CertificateFailure.Code, _ chain: CertificateChain, key: PublicKey? = nil, names: [Subject]? = nil,
        at instant: Instant = now, roots: [SignedCertificate] = [], sourceLocation: SourceLocation = #_sourceLocation
    ) {
        expect(code, sourceLocation: sourceLocation) { () throws(CertificateFailure) in
            try chain.verify(
                key: key ?? chain.leaf.publicKey, subjects: names ?? chain.leaf.subjects, at: instant, roots: roots)
        }
    }

    @Test("a good chain passes, with its root, without it, and against trusted roots", arguments: KeyType.allCases)
    func passes(type: KeyType) throws {
        let made = try TestChain(.leaf("www.example.com", "example.com"), type == .rsa4096 ? .rsa3072 : type)
        let key = made.leaf.key.publicKey
        let subjects = try names("example.com", "www.example.com")  // the order is not looked at
        let full = try CertificateChain([made.leaf, made.intermediate, made.root].map(\.certificate))
        try full.verify(key: key, subjects: subjects, at: Self.now)
        try made.chain.verify(key: key, subjects: subjects, at: Self.now)
        try full.verify(key: key, subjects: subjects, at: Self.now, roots: [made.root.certificate])
        try made.chain.verify(key: key, subjects: subjects, at: Self.now, roots: [made.root.certificate])
    }

    @Test("authorities of every supported kind of key are followed", arguments: [KeyType.ecdsaP384, .rsa2048])
    func authoritiesOfOtherKinds(type: KeyType) throws {
        let root = try TestAuthority.root("Other root", type)
        let leaf = try root.issue(.leaf("a.example.com"))
        let chain = try CertificateChain([leaf.certificate, root.certificate])
        try chain.verify(key: leaf.key.publicKey, subjects: names("a.example.com"), at: Self.now)
    }

    @Test("another key is refused")
    func refusesKey() throws {
        let made = try TestChain()
        verify(.wrongKey, try made.chain, key: made.root.key.publicKey)
        verify(.wrongKey, try made.chain, key: try PrivateKey.generate(.rsa2048).publicKey)
    }

    @Test("names must be exactly ours: none missing, none besides, no other kinds")
    func refusesNames() throws {
        let chain = try TestChain().chain
        verify(.wrongNames, chain, names: try names("www.example.com"))
        verify(.wrongNames, chain, names: try names("www.example.com", "example.com", "x.example.com"))
        verify(.wrongNames, chain, names: try names("www.example.com", "*.example.com"))
        let other = TestAuthority.Request.leaf("a.example.com").with { $0.otherNames = [.rfc822Name("a@example.com")] }
        verify(.wrongNames, try TestChain(other).chain, names: try names("a.example.com"))
        let bare = TestAuthority.Request.leaf().with { $0.name = "a.example.com" }
        verify(.wrongNames, try TestChain(bare).chain, names: try names("a.example.com"))
    }

    @Test("dates are kept to the second, with five minutes for an authority whose clock is ahead")
    func refusesDates() throws {
        let chain = try TestChain().chain
        let subjects = chain.leaf.subjects
        let key = chain.leaf.publicKey
        try chain.verify(key: key, subjects: subjects, at: chain.leaf.notAfter)
        verify(.expired, chain, at: chain.leaf.notAfter + .seconds(1))
        try chain.verify(key: key, subjects: subjects, at: chain.leaf.notBefore - .minutes(5))
        verify(.notYetValid, chain, at: chain.leaf.notBefore - .minutes(5) - .seconds(1))
        let backwards = TestAuthority.Request.leaf("a.example.com").with {
            $0.notBefore = Self.now + .seconds(60)
            $0.notAfter = Self.now + .seconds(60)
        }
        verify(.expired, try TestChain(backwards).chain)
    }

    /// RFC 5280, 4.1.2.5: 99991231235959Z stands for "no end that is known".
    @Test("a certificate from 1950 to the end of 9999 is read to the second, verified and planned with")
    func farDates() throws {
        let first = try #require(Instant(rfc3339: "1950-01-01T00:00:00Z"))
        let made = try TestChain(
            .leaf("a.example.com").with {
                $0.notBefore = first
                $0.notAfter = .distantFuture
            })
        let chain = try made.chain
        #expect(chain.leaf.notBefore == first && chain.leaf.notAfter.rfc3339 == "9999-12-31T23:59:59Z")
        try chain.verify(key: chain.leaf.publicKey, subjects: chain.leaf.subjects, at: Self.now)
        let life = Life(notBefore: first, notAfter: chain.leaf.notAfter, chainNotAfter: chain.notAfter)
        let situation = RenewalSituation(life: life, storedAt: Self.now, issuedHere: false, spread: Spread(share: .max))
        let run = try #require(RenewalPlanner(FlowRules()).plan(situation, now: Self.now))
        #expect(run.at < chain.notAfter, "the authority ends long before its leaf")
        verify(.issuerExpired, chain, at: .distantFuture)
    }

    @Test("an authority's own dates count as well")
    func refusesIssuerDates() throws {
        let root = try TestAuthority.root()
        for (code, change) in [
            (CertificateFailure.Code.issuerExpired, { $0.notAfter = Self.now - .seconds(1) }),
            (.issuerNotYetValid, { $0.notBefore = Self.now + .hours(1) }),
        ] as [(CertificateFailure.Code, (inout TestAuthority.Request) -> Void)] {
            let middle = try root.issue(.authority("Middle").with(change))
            let leaf = try middle.issue(.leaf("a.example.com"))
            verify(code, try CertificateChain([leaf.certificate, middle.certificate]))
        }
    }

    @Test("a signature of another key is refused at every place in the chain")
    func refusesSignatures() throws {
        let made = try TestChain()
        let impostor = try TestAuthority.root().issue(
            .authority("Test intermediate", longestPath: 0), key: made.root.key)
        let forged = try impostor.issue(.leaf("a.example.com").with { $0.hasKeyIdentifiers = false })
        verify(.wrongSignature, try CertificateChain([forged.certificate, made.intermediate.certificate]))
        let otherRoot = try TestAuthority.selfSigned(.authority("Test root").with { $0.hasKeyIdentifiers = false })
        let chain = try CertificateChain([made.leaf, made.intermediate, otherRoot].map(\.certificate))
        #expect(chain.issuers.count == 2)
        verify(.wrongSignature, chain)
    }

    @Test("a flipped bit in any signature is refused")
    func refusesFlippedSignatures() throws {
        let made = try TestChain()
        for (place, certificate) in [made.leaf, made.intermediate].map(\.certificate).enumerated() {
            var der = certificate.der
            der[der.endIndex - 1] ^= 0x01
            let broken = try SignedCertificate(der: der)
            let parts = place == 0 ? [broken, made.intermediate.certificate] : [made.leaf.certificate, broken]
            let chain = try CertificateChain(parts + [made.root.certificate], key: made.leaf.key.publicKey)
            verify(.wrongSignature, chain)
        }
    }

    @Test("who stands in the chain as an authority must be one")
    func refusesNonAuthorities() throws {
        let root = try TestAuthority.root()
        for constraints in [BasicConstraints.notCertificateAuthority, nil] {
            let fake = try root.issue(.authority("Fake").with { $0.constraints = constraints })
            let leaf = try fake.issue(.leaf("a.example.com"))
            verify(.notAnAuthority, try CertificateChain([leaf.certificate, fake.certificate]))
        }
        let mute = try root.issue(.authority("Mute").with { $0.usage = KeyUsage(digitalSignature: true) })
        let leaf = try mute.issue(.leaf("a.example.com"))
        verify(.noSigning, try CertificateChain([leaf.certificate, mute.certificate]))
    }

    @Test("a path longer than an authority allows is refused")
    func refusesLongPaths() throws {
        let root = try TestAuthority.selfSigned(.authority("Root", longestPath: 0))
        let middle = try root.issue(.authority("Middle"))
        let leaf = try middle.issue(.leaf("a.example.com"))
        verify(.pathTooLong, try CertificateChain([leaf, middle, root].map(\.certificate)))
        let direct = try root.issue(.leaf("a.example.com"))
        let chain = try CertificateChain([direct, root].map(\.certificate))
        try chain.verify(key: direct.key.publicKey, subjects: chain.leaf.subjects, at: Self.now)
    }

    @Test("an authority, or a precertificate, is no certificate for a server")
    func refusesWrongKinds() throws {
        let root = try TestAuthority.root()
        let sub = try root.issue(.authority("Sub").with { $0.subjects = ["a.example.com"] })
        verify(.leafIsAuthority, try CertificateChain([sub.certificate, root.certificate]))
        let poison = X509.Certificate.Extension(
            oid: [1, 3, 6, 1, 4, 1, 11129, 2, 4, 3], critical: true, value: [0x05, 0x00])
        verify(.precertificate, try TestChain(.leaf("a.example.com").with { $0.extra = [poison] }).chain)
    }

    @Test("critical extensions that are not known are refused, others do no harm")
    func refusesUnknownExtensions() throws {
        let strange = X509.Certificate.Extension(oid: [1, 2, 3, 4], critical: true, value: [0x05, 0x00])
        verify(.unknownExtension, try TestChain(.leaf("a.example.com").with { $0.extra = [strange] }).chain)
        let harmless = X509.Certificate.Extension(oid: [1, 2, 3, 4], critical: false, value: [0x05, 0x00])
        let staple = X509.Certificate.Extension(
            oid: [1, 3, 6, 1, 5, 5, 7, 1, 24], critical: true, value: [0x30, 0x03, 0x02, 0x01, 0x05])
        let chain = try TestChain(.leaf("a.example.com").with { $0.extra = [harmless, staple] }).chain
        try chain.verify(key: chain.leaf.publicKey, subjects: chain.leaf.subjects, at: Self.now)
    }

    @Test("SHA-1 signatures are refused")
    func refusesSHA1() async throws {
        let directory = try TemporaryDirectory()
        let root = try TestAuthority.root("Old root", .rsa2048)
        let leafKey = try PrivateKey.generate(.ecdsaP256)
        let request = try SigningRequest.build(subjects: names("a.example.com"), key: leafKey)
        let files = [
            try directory.write(root.key.pkcs8PEM().withBytes { Data($0) }, "root.key"),
            try directory.write(root.certificate.pem, "root.pem"), try directory.write(request, "leaf.csr"),
        ]
        try await Tool.openssl.run([
            "x509", "-req", "-in", files[2], "-inform", "DER", "-CA", files[1], "-CAkey", files[0], "-sha1", "-days",
            "400",
            "-copy_extensions", "copy", "-set_serial", "7", "-out", "\(directory.path)/leaf.pem",
        ])
        let chain = try CertificateChain(reading: directory.read("leaf.pem") + root.certificate.pem)
        verify(.weakSignature, chain)
    }

    @Test("a leaf that signed itself passes without roots, and must really have signed itself")
    func selfSigned() throws {
        let made = try TestAuthority.selfSigned(
            .leaf("a.example.com").with {
                $0.name = "a.example.com"
                $0.constraints = .isCertificateAuthority(maxPathLength: nil)
            })
        let chain = try CertificateChain([made.certificate])
        try chain.verify(key: made.key.publicKey, subjects: names("a.example.com"), at: Self.now)
        verify(.untrusted, chain, roots: [try TestAuthority.root().certificate])
        var der = made.certificate.der
        der[der.endIndex - 1] ^= 0x01
        verify(.wrongSignature, try CertificateChain(der: [der]))
    }

    @Test("with roots given, the chain must end at one of them that still holds")
    func refusesUntrusted() throws {
        let made = try TestChain()
        let stranger = try TestAuthority.root("Stranger").certificate
        let twin = try TestAuthority.root().certificate  // the same name, another key
        verify(.untrusted, try made.chain, roots: [stranger, twin])
        let ended = try TestAuthority.selfSigned(.authority("Ended").with { $0.notAfter = Self.now - .days(1) })
        let leaf = try ended.issue(.leaf("a.example.com"))
        verify(.untrusted, try CertificateChain([leaf.certificate]), roots: [ended.certificate])
        let short = try TestAuthority.selfSigned(.authority("Short", longestPath: 0))
        let middle = try short.issue(.authority("Middle"))
        let below = try middle.issue(.leaf("a.example.com"))
        let chain = try CertificateChain([below.certificate, middle.certificate])
        verify(.pathTooLong, chain, roots: [short.certificate])
    }

    @Test("every failure has a message and a remedy that end in a full stop, and a code of its own")
    func wording() throws {
        let made = try TestChain()
        let certificate = made.leaf.certificate
        let failures: [CertificateFailure] = [
            .noLeaf(), .severalLeaves(["a"]), .wrongKey(certificate), .wrongNames(missing: ["a"], extra: ["b"]),
            .precertificate(certificate), .leafIsAuthority(certificate), .notYetValid(certificate, isLeaf: true),
            .notYetValid(certificate, isLeaf: false), .expired(certificate, isLeaf: true),
            .expired(certificate, isLeaf: false), .unknownExtension("1.2", certificate), .weakSignature(certificate),
            .wrongSignature(certificate, by: certificate), .notAnAuthority(certificate), .pathTooLong(certificate, 0),
            .noSigning(certificate), .nameForbidden("a", by: certificate), .untrusted(certificate), .unreadableKey(),
            .noKey(), .severalKeys(2), .encryptedKey(), .openSSHKey(), .weakKey(), .unknownKeyKind("x"),
            .noCertificate(),
            .tooLarge(bytes: 1), .damagedPEM("x"), .unreadableCertificate(because: "x"),
            .unreadableRequest(because: "x"), .requestSignatureWrong(), .requestWithoutSubjects(), .legacyPKCS12(),
            .wrongPassphrase(), .missingPassphrase(), .emptyPassphrase(), .unusablePassphrase(), .costlyPKCS12(),
            .unreadablePKCS12(), .unknownPKCS12Encryption(), .pkcs12NotWritten(), .homeKeyLength(1),
        ]
        for failure in failures {
            #expect(failure.message.hasSuffix("."), "\(failure.code)")
            #expect(failure.remedy.hasSuffix("."), "\(failure.code)")
        }
        #expect(Set(failures.map(\.code)).count == failures.count)
    }
}
