import Automation
import Foundation
import PluginKit
import SwiftASN1
import Testing
import X509

@testable import Certificates

/// Builds chains of any shape, good ones and bad ones.
struct TestAuthority {
    /// 2027-01-01T00:00:00Z: what these tests call now.
    static let now = Instant(seconds: 1_798_761_600)

    var certificate: SignedCertificate
    var key: PrivateKey

    /// What a certificate says; the defaults are those of a good leaf.
    struct Request {
        var name: String?
        var subjects: [String] = []
        var otherNames: [GeneralName] = []
        var notBefore = now - .days(10)
        var notAfter = now + .days(80)
        var constraints: BasicConstraints? = .notCertificateAuthority
        var usage: KeyUsage? = KeyUsage(digitalSignature: true)
        var names: NameConstraints?
        var extra: [X509.Certificate.Extension] = []
        var hasKeyIdentifiers = true

        static func authority(_ name: String, longestPath: Int? = nil) -> Request {
            Request(
                name: name, notAfter: now + .days(3650),
                constraints: .isCertificateAuthority(maxPathLength: longestPath),
                usage: KeyUsage(keyCertSign: true, cRLSign: true))
        }

        static func leaf(_ subjects: String...) -> Request { Request(subjects: subjects) }

        func with(_ change: (inout Request) -> Void) -> Request {
            var copy = self
            change(&copy)
            return copy
        }
    }

    /// A root that signed itself.
    static func root(_ name: String = "Test root", _ type: KeyType = .ecdsaP256) throws -> TestAuthority {
        try selfSigned(.authority(name), type)
    }

    static func selfSigned(_ request: Request, _ type: KeyType = .ecdsaP256) throws -> TestAuthority {
        let key = try PrivateKey.generate(type)
        let name = try distinguishedName(request)
        let certificate = try sign(request, subject: key.publicKey, issuer: name, authority: nil, by: key)
        return TestAuthority(certificate: certificate, key: key)
    }

    /// Signs a new certificate with a new key.
    func issue(_ request: Request, _ type: KeyType = .ecdsaP256) throws -> TestAuthority {
        try issue(request, key: PrivateKey.generate(type))
    }

    func issue(_ request: Request, key: PrivateKey) throws -> TestAuthority {
        let certificate = try Self.sign(
            request, subject: key.publicKey, issuer: certificate.x509.subject, authority: self.key.publicKey,
            by: self.key)
        return TestAuthority(certificate: certificate, key: key)
    }

    private static func sign(
        _ request: Request, subject: PublicKey, issuer: DistinguishedName, authority: PublicKey?, by key: PrivateKey
    ) throws -> SignedCertificate {
        var extensions = X509.Certificate.Extensions()
        if let constraints = request.constraints { try extensions.append(.init(constraints, critical: true)) }
        if let usage = request.usage { try extensions.append(.init(usage, critical: true)) }
        let names = try request.subjects.map { try #require(Subject($0)).generalName } + request.otherNames
        if !names.isEmpty {
            try extensions.append(.init(SubjectAlternativeNames(names), critical: request.name == nil))
        }
        if let names = request.names { try extensions.append(.init(names, critical: true)) }
        if request.hasKeyIdentifiers {
            try extensions.append(.init(SubjectKeyIdentifier(hash: subject.x509), critical: false))
            if let authority {
                let identifier = SubjectKeyIdentifier(hash: authority.x509).keyIdentifier
                try extensions.append(.init(AuthorityKeyIdentifier(keyIdentifier: identifier), critical: false))
            }
        }
        for item in request.extra { try extensions.append(item) }
        let certificate = try X509.Certificate(
            version: .v3, serialNumber: .init(), publicKey: subject.x509, notValidBefore: request.notBefore.date,
            notValidAfter: request.notAfter.date, issuer: issuer, subject: try distinguishedName(request),
            extensions: extensions, issuerPrivateKey: key.x509)
        var serializer = DER.Serializer()
        try serializer.serialize(certificate)
        return try SignedCertificate(der: Data(serializer.serializedBytes))
    }

    private static func distinguishedName(_ request: Request) throws -> DistinguishedName {
        guard let name = request.name else { return DistinguishedName() }
        return try DistinguishedName { CommonName(name) }
    }
}

/// A root, an intermediate and a leaf, as most chains are.
struct TestChain {
    var root: TestAuthority
    var intermediate: TestAuthority
    var leaf: TestAuthority

    init(_ leaf: TestAuthority.Request = .leaf("www.example.com", "example.com"), _ type: KeyType = .ecdsaP256) throws {
        root = try .root()
        intermediate = try root.issue(.authority("Test intermediate", longestPath: 0))
        self.leaf = try intermediate.issue(leaf, type)
    }

    /// Leaf and intermediate.
    var chain: CertificateChain {
        get throws { try CertificateChain([leaf.certificate, intermediate.certificate]) }
    }
}

/// Expects a failure with this code.
func expect<Value>(
    _ code: CertificateFailure.Code, sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () throws(CertificateFailure) -> Value
) {
    do {
        let value = try body()
        Issue.record("expected \(code), got \(value)", sourceLocation: sourceLocation)
    } catch {
        #expect(error.code == code, "\(error)", sourceLocation: sourceLocation)
    }
}
