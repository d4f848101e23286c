import Automation
import Foundation
import SwiftASN1
import Testing
@_spi(FixedExpiryValidationTime) import X509

@testable import Certificates

@Suite struct NameRuleTests {
    @Test(
        "a rule holds what lies within it, and nothing else",
        arguments: [
            (
                "example.com", ["example.com", "a.example.com", "*.example.com", "x.y.example.com"],
                ["example.org", "badexample.com", "com", "*.com", "10.0.0.1"]
            ),
            (".example.com", ["a.example.com", "*.example.com"], ["example.com", "aexample.com"]),
            ("10.0.0.0/8", ["10.0.0.1", "10.255.255.255"], ["11.0.0.0", "example.com", "2001:db8::1"]),
            ("192.0.2.128/25", ["192.0.2.128", "192.0.2.255"], ["192.0.2.127"]),
            ("192.0.2.7", ["192.0.2.7"], ["192.0.2.6"]), ("0.0.0.0/0", ["255.1.2.3"], ["::1"]),
            ("2001:db8::/33", ["2001:db8:7fff::1"], ["2001:db8:8000::1", "192.0.2.1"]),
        ] as [(String, [String], [String])])
    func contains(text: String, inside: [String], outside: [String]) throws {
        let rule = try #require(NameRule(text))
        for name in inside { #expect(rule.contains(try #require(Subject(name))), "\(name)") }
        for name in outside { #expect(!rule.contains(try #require(Subject(name))), "\(name)") }
    }

    @Test(
        "what is no rule is refused",
        arguments: [
            "", ".", "*.example.com", "..example.com", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "10.0.0.0/+8",
            "example.com/8", "::/129", "10.0.0/8", "a b", "http://example.com",
        ])
    func refuses(text: String) { #expect(NameRule(text) == nil) }

    @Test(
        "a rule survives the way through a certificate",
        arguments: [
            "example.com", ".example.com", "10.0.0.0/8", "192.0.2.128/25", "192.0.2.7/32", "0.0.0.0/0", "2001:db8::/33",
            "::/0",
        ])
    func subtrees(text: String) throws {
        let rule = try #require(NameRule(text))
        #expect(NameRule(rule.subtree) == rule)
        #expect(NameRule(rule.description) == rule)
    }

    @Test("a mask with gaps, or of another length, is no network")
    func masks() {
        for bytes: [UInt8] in [
            [10, 0, 0, 0, 255, 0, 255, 0], [10, 0, 0, 0, 0x0F, 0, 0, 0], [10, 0, 0, 0], [], [0xF0, 0x70],
        ] {
            #expect(NameRule(GeneralName.ipAddress(ASN1OctetString(contentBytes: bytes[...]))) == nil)
        }
        #expect(NameRule(GeneralName.rfc822Name("example.com")) == nil)
        #expect(NameRule(GeneralName.dnsName("")) == .anyDomain)
    }

    // MARK: Against other judges

    private struct Constraint: Sendable, CustomStringConvertible {
        var permitted: [String] = []
        var excluded: [String] = []
        var description: String { "permitted \(permitted), excluded \(excluded)" }

        func extensionValue() -> NameConstraints {
            let rule: (String) -> GeneralName? = { $0 == "*" ? .dnsName("") : NameRule($0)?.subtree }
            return NameConstraints(
                permittedSubtrees: permitted.compactMap(rule), excludedSubtrees: excluded.compactMap(rule))
        }
    }

    @Test(
        "name constraints are judged as swift-certificates and OpenSSL judge them",
        arguments: [
            Constraint(permitted: ["example.com"]), Constraint(permitted: ["example.com", "10.0.0.0/8"]),
            Constraint(permitted: ["10.0.0.0/8"], excluded: ["*"]),
            Constraint(permitted: ["example.com"], excluded: ["0.0.0.0/0", "::/0"]),
            Constraint(excluded: ["bad.example.com"]), Constraint(permitted: ["2001:db8::/32"]),
            Constraint(permitted: ["example.com"], excluded: ["bad.example.com", "10.1.0.0/16"]),
        ])
    private func agrees(constraint: Constraint) async throws {
        let root = try TestAuthority.root()
        let middle = try root.issue(.authority("Limited").with { $0.names = constraint.extensionValue() })
        let names = [
            "example.com", "a.example.com", "*.example.com", "x.bad.example.com", "bad.example.com", "example.org",
            "10.0.0.1",
            "10.1.2.3", "192.0.2.1", "2001:db8::1", "2001:db9::1",
        ]
        let covered = constraint.excluded.contains("bad.example.com") ? "*.example.com" : nil  // the test below
        let directory = try TemporaryDirectory()
        let rootFile = try directory.write(root.certificate.pem, "root.pem")
        let middleFile = try directory.write(middle.certificate.pem, "middle.pem")
        for name in names where name != covered {
            // With a subject name: the library's policy knows no critical alternative names.
            let leaf = try middle.issue(.leaf(name).with { $0.name = "leaf" })
            let chain = try CertificateChain([leaf.certificate, middle.certificate])
            var ours = true
            do {
                try chain.verify(key: leaf.key.publicKey, subjects: chain.leaf.subjects, at: TestAuthority.now)
            } catch {
                #expect(error.code == .nameForbidden)
                ours = false
            }
            var verifier = Verifier(rootCertificates: CertificateStore([root.certificate.x509])) {
                RFC5280Policy(fixedExpiryValidationTime: TestAuthority.now.date)
            }
            let result = await verifier.validate(
                leaf: leaf.certificate.x509, intermediates: CertificateStore([middle.certificate.x509]))
            var library = false
            if case .validCertificate = result { library = true }
            let leafFile = try directory.write(leaf.certificate.pem, "leaf.pem")
            let openssl = try await Tool.openssl.succeeds(
                "verify", "-attime", "\(TestAuthority.now.seconds)", "-CAfile", rootFile, "-untrusted", middleFile,
                leafFile)
            #expect(ours == library, "\(name): ours \(ours), library \(library)")
            #expect(ours == openssl, "\(name): ours \(ours), OpenSSL \(openssl)")
        }
    }

    @Test("a wildcard that covers an excluded name is refused, though other judges let it pass")
    func excludedWildcards() throws {
        let root = try TestAuthority.root()
        let names = NameConstraints(excludedSubtrees: [.dnsName("bad.example.com")])
        let middle = try root.issue(.authority("Limited").with { $0.names = names })
        let leaf = try middle.issue(.leaf("*.example.com"))
        let chain = try CertificateChain([leaf.certificate, middle.certificate])
        expect(.nameForbidden) { () throws(CertificateFailure) in
            try chain.verify(key: leaf.key.publicKey, subjects: chain.leaf.subjects, at: TestAuthority.now)
        }
    }

    @Test("constraints on distinguished names bind the authorities below and the leaf")
    func directoryNames() throws {
        let base = try DistinguishedName { CommonName("Allowed") }
        let root = try TestAuthority.root()
        let limits = NameConstraints(permittedSubtrees: [.directoryName(base)])
        let middle = try root.issue(.authority("Limited").with { $0.names = limits })
        for (name, code) in [("Allowed", nil), ("Other", CertificateFailure.Code.nameForbidden), (nil, nil)] {
            let leaf = try middle.issue(.leaf("a.example.com").with { $0.name = name })
            let chain = try CertificateChain([leaf.certificate, middle.certificate])
            let verify = { () throws(CertificateFailure) in
                try chain.verify(key: leaf.key.publicKey, subjects: chain.leaf.subjects, at: TestAuthority.now)
            }
            if let code { expect(code, verify) } else { try verify() }
        }
        let below = try middle.issue(.authority("Elsewhere"))
        let leaf = try below.issue(.leaf("a.example.com"))
        let chain = try CertificateChain([leaf.certificate, below.certificate, middle.certificate])
        expect(.nameForbidden) { () throws(CertificateFailure) in
            try chain.verify(key: leaf.key.publicKey, subjects: chain.leaf.subjects, at: TestAuthority.now)
        }
    }
}
