import Automation
import Foundation
import SwiftASN1
import Testing
import X509

@testable import Certificates

@Suite struct SigningRequestTests {
    private static let names = ["www.example.com", "*.example.org", "192.0.2.7", "2001:db8::7", "_dmarc.example.net"]

    private func subjects(_ names: [String]) throws -> [Subject] { try names.map { try #require(Subject($0)) } }

    @Test("OpenSSL verifies our request and sees every name", arguments: KeyType.allCases.filter { $0 != .rsa4096 })
    func openSSLVerifies(type: KeyType) async throws {
        let directory = try TemporaryDirectory()
        let key = try PrivateKey.generate(type)
        let file = try directory.write(SigningRequest.build(subjects: subjects(Self.names), key: key), "request.der")
        let text = try await Tool.openssl.run("req", "-in", file, "-inform", "DER", "-verify", "-noout", "-text")
        #expect(text.contains("verify OK"))
        #expect(text.contains("Subject: \n") || text.contains("Subject:\n"))
        let wanted =
            "DNS:www.example.com, DNS:*.example.org, IP Address:192.0.2.7, IP Address:2001:DB8:0:0:0:0:0:7, "
            + "DNS:_dmarc.example.net"
        #expect(text.contains(wanted))
    }

    @Test("a request is read back with its names and its key")
    func roundTrip() throws {
        let key = try PrivateKey.generate(.ecdsaP384)
        let request = try SigningRequest(der: SigningRequest.build(subjects: subjects(Self.names), key: key))
        #expect(request.subjects == (try subjects(Self.names)))
        #expect(request.publicKey == key.publicKey)
    }

    @Test("a request that OpenSSL made is read; a common name alone names nothing")
    func readsOpenSSL() async throws {
        let directory = try TemporaryDirectory()
        let key = try directory.write(PrivateKey.generate(.rsa2048).pkcs8PEM().withBytes { Data($0) }, "key.pem")
        let file = "\(directory.path)/request.der"
        let make = ["req", "-new", "-key", key, "-outform", "DER", "-out", file, "-subj", "/CN=cn.example.com"]
        try await Tool.openssl.run(make + ["-addext", "subjectAltName=DNS:WWW.Example.com,IP:10.0.0.1"])
        #expect(
            try SigningRequest(der: directory.read("request.der")).subjects
                == subjects(["www.example.com", "10.0.0.1"]))
        try await Tool.openssl.run(make)
        let bare = try directory.read("request.der")
        expect(.requestNoSubjects) { () throws(CertificateFailure) in try SigningRequest(der: bare) }
    }

    @Test("a flipped bit in a request is refused, or changes nothing of what it says")
    func refusesChanges() throws {
        let key = try PrivateKey.generate(.ecdsaP256)
        let der = try SigningRequest.build(subjects: subjects(["www.example.com"]), key: key)
        var refused: Set<CertificateFailure.Code> = []
        var accepted = 0
        for index in der.indices {
            var changed = der
            changed[index] ^= 0x01
            do {
                // The count of unused bits before a signature may be 1 where its last bit is zero.
                let read = try SigningRequest(der: changed)
                #expect(read.publicKey == key.publicKey && read.subjects.map(\.description) == ["www.example.com"])
                accepted += 1
            } catch {
                refused.insert(error.code)
            }
        }
        #expect(accepted <= 1)
        #expect(refused.isSuperset(of: [.requestUnreadable, .requestSignature]))
    }

    @Test("no subjects make no request, and a huge one is not read")
    func limits() throws {
        let key = try PrivateKey.generate(.ecdsaP256)
        expect(.requestNoSubjects) { () throws(CertificateFailure) in try SigningRequest.build(subjects: [], key: key) }
        expect(.requestUnreadable) { () throws(CertificateFailure) in try SigningRequest(der: Data(count: 65_537)) }
        let many = try subjects((0..<1000).map { "host-\($0).example.com" })
        let request = try SigningRequest(der: SigningRequest.build(subjects: many, key: key))
        #expect(request.subjects.count == 1000)
    }
}
