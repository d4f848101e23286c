import Automation
import Foundation
import PluginKit
import SwiftASN1
import Testing
import X509

@testable import Certificates

/// Hostile input of every kind: nothing traps, and junk costs little. A trap would end the whole test run.
@Suite struct FuzzTests {
    /// Everything that reads bytes from outside; each touches all that its result offers.
    private enum Reader: CaseIterable {
        case chain, certificate, request, key, pkcs12, identities, material

        func read(_ input: Data, _ secret: Secret, passphrase: Secret?) {
            switch self {
            case .chain: if let chain = try? CertificateChain(reading: input) { touch(chain) }
            case .certificate: if let certificate = try? SignedCertificate(der: input) { touch(certificate) }
            case .request:
                if let request = try? SigningRequest(der: input) { _ = (request.subjects, request.publicKey.info) }
            case .key: if let key = try? PrivateKey(reading: secret) { _ = (key.publicKey.info, key.pkcs8()) }
            case .pkcs12: _ = try? PKCS12File(reading: secret, passphrase: passphrase)
            case .identities: _ = try? KeyedCertificate.list(reading: secret)
            case .material:
                let file = ImportFile(source: "fuzz", content: secret)
                _ = ImportedMaterial(files: [file], passphrase: passphrase, at: TestAuthority.now)
            }
        }
    }

    private func feed(_ input: Data, passphrase: Secret? = nil) {
        let secret = Secret(input)
        for reader in Reader.allCases { reader.read(input, secret, passphrase: passphrase) }
    }

    /// The processor time of this thread, so that what else runs does not count; the best of three.
    private func cost(_ body: () -> Void) -> Double {
        func seconds() -> Double {
            var time = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
            return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
        }
        return (0..<3).map { _ in
            let start = seconds()
            body()
            return seconds() - start
        }.min() ?? .infinity
    }

    private enum Junk: String, CaseIterable, Sendable {
        case zeros, random, pemLooking, openBlocks, wholeBase64, deepBase64, nestedDER, emptyElements, longLengths
        case manyNames, nestedPKCS12

        func bytes(_ size: Int) -> Data {
            var generator = SeededGenerator(seed: 99)
            switch self {
            case .zeros: return Data(count: size)
            case .random: return Data(generator.bytes(size))
            case .pemLooking: return repeated("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", size)
            case .openBlocks: return repeated("-----BEGIN CERTIFICATE-----\n", size)
            case .wholeBase64: return Data(PEM.encode("CERTIFICATE", generator.bytes(size * 3 / 4 - 4000))).prefix(size)
            case .deepBase64:
                var bytes = generator.bytes(size / 8)
                while bytes.count * 4 / 3 + 4000 < size { bytes = PEM.encode("CERTIFICATE", bytes) }
                return Data(bytes)
            case .nestedDER: return repeated("0\u{7F}", size)
            case .emptyElements:
                let content = [UInt8](repeating: 0x05, count: 2).dropLast() + [0x00]
                let body = (0..<(size / 2 - 4)).flatMap { _ in content }
                return Data(
                    [0x30, 0x83, UInt8(body.count >> 16), UInt8(body.count >> 8 & 255), UInt8(body.count & 255)] + body)
            case .longLengths: return repeated("0\u{03}\u{7F}\u{7F}", size)
            case .manyNames:
                let name: [UInt8] = [0x82, 0x01, 0x61]
                let body = (0..<(size / 3 - 4)).flatMap { _ in name }
                return Data(
                    [0x30, 0x83, UInt8(body.count >> 16), UInt8(body.count >> 8 & 255), UInt8(body.count & 255)] + body)
            case .nestedPKCS12: return Data([0x30, 0x80, 0x02, 0x01, 0x03]) + repeated("0\u{7F}", size - 5)
            }
        }

        private func repeated(_ text: String, _ size: Int) -> Data {
            let unit = Data(text.utf8)
            return (0..<(size / unit.count)).reduce(into: Data(capacity: size)) { bytes, _ in bytes += unit }
        }
    }

    @Test(
        "a mebibyte of junk, and as much of it as the limits let through, costs under 50 ms", arguments: Junk.allCases)
    private func junkIsCheap(junk: Junk) {
        for size in [1 << 20, InputLimits.input, InputLimits.certificate] {
            let input = junk.bytes(size)
            #expect(input.count > size * 3 / 4 || junk == .deepBase64)
            let secret = Secret(input)
            for reader in Reader.allCases {
                let seconds = cost { reader.read(input, secret, passphrase: nil) }
                #expect(seconds < 0.05, "\(reader): \(size) bytes took \(seconds) s")
            }
        }
    }

    @Test("no mutation of good input traps", arguments: 0..<6 as Range<UInt64>)
    func mutations(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let inputs = try Self.goodInputs()
        let passphrase = Secret(text: "secret")
        for round in 0..<250 {
            let index = Int(generator.next() % UInt64(inputs.count))
            var bytes = Array(inputs[index])
            for _ in 0...Int(generator.next() % 4) { Self.mutate(&bytes, &generator) }
            // Key derivation makes PKCS#12 dear: every tenth is enough.
            feed(Data(bytes), passphrase: round % 10 == 0 ? passphrase : nil)
        }
    }

    /// Every single byte of a certificate changed in four ways: reaches each branch of the parsers once.
    @Test("no changed byte of a certificate traps", arguments: [0x00, 0x01, 0x80, 0xFF] as [UInt8])
    func everyByte(mask: UInt8) throws {
        let names = NameConstraints(permittedSubtrees: [.dnsName("example.com")], excludedSubtrees: [.dnsName("x.com")])
        let root = try TestAuthority.selfSigned(.authority("Root").with { $0.names = names })
        let leaf = try root.issue(.leaf("a.example.com", "10.0.0.1").with { $0.name = "a.example.com" })
        for certificate in [root.certificate, leaf.certificate] {
            for index in certificate.der.indices {
                var der = certificate.der
                der[index] = mask == 0x00 ? 0x00 : der[index] ^ mask
                guard let changed = try? SignedCertificate(der: der) else { continue }
                touch(changed)
                if let chain = try? CertificateChain([
                    changed, certificate == leaf.certificate ? root.certificate : leaf.certificate,
                ]) {
                    touch(chain)
                }
            }
        }
    }

    private static func goodInputs() throws -> [Data] {
        let names = NameConstraints(
            permittedSubtrees: [
                .dnsName("example.com"), .ipAddress(ASN1OctetString(contentBytes: [10, 0, 0, 0, 255, 0, 0, 0])),
            ])
        let root = try TestAuthority.root()
        let middle = try root.issue(.authority("Middle").with { $0.names = names })
        let leaf = try middle.issue(.leaf("a.example.com", "10.0.0.1"))
        let rsa = try middle.issue(.leaf("b.example.com"), .rsa2048)
        let chain = try CertificateChain([leaf, middle, root].map(\.certificate))
        let key = leaf.key.pkcs8PEM().withBytes { Data($0) }
        let renderer = try ArtifactRenderer(chain: chain, key: leaf.key, name: "a", homeKey: Secret(Data(count: 32)))
        let pkcs12 = try renderer.render(.pkcs12, passphrase: Secret(text: "secret")).bytes.withBytes { Data($0) }
        return [
            chain.pem, chain.der.reduce(into: Data()) { $0 += $1 }, leaf.certificate.der, middle.certificate.der,
            rsa.certificate.der, key + chain.pem, leaf.key.pkcs8().withBytes { Data($0) },
            rsa.key.pkcs8().withBytes { Data($0) }, pkcs12,
            try SigningRequest.build(subjects: leaf.certificate.subjects, key: leaf.key),
            KeyedCertificate.encode([
                try KeyedCertificate(certificate: leaf.certificate, key: leaf.key)
            ]).withBytes { Data($0) },
        ]
    }

    private static func mutate(_ bytes: inout [UInt8], _ generator: inout SeededGenerator) {
        guard !bytes.isEmpty else { return }
        let position = Int(generator.next() % UInt64(bytes.count))
        switch generator.next() % 6 {
        case 0: bytes[position] ^= UInt8(1) << UInt8(generator.next() % 8)
        case 1: bytes[position] = [0x00, 0x7F, 0x80, 0xFF, 0x30, 0x02][Int(generator.next() % 6)]
        case 2: bytes.remove(at: position)
        case 3: bytes.insert(UInt8(truncatingIfNeeded: generator.next()), at: position)
        case 4: bytes.removeSubrange(position..<min(bytes.count, position + Int(generator.next() % 40)))
        default:
            let end = min(bytes.count, position + Int(generator.next() % 60))
            bytes.insert(contentsOf: bytes[position..<end], at: Int(generator.next() % UInt64(bytes.count)))
        }
    }
}

private func touch(_ chain: CertificateChain) {
    for certificate in chain.certificates + chain.unused { touch(certificate) }
    _ = (chain.notAfter, chain.pem, chain.withoutRoot(), chain.facts(certificate: "x", number: 1))
    try? chain.verify(key: chain.leaf.publicKey, subjects: chain.leaf.subjects, at: TestAuthority.now)
    try? chain.verify(
        key: chain.leaf.publicKey, subjects: chain.leaf.subjects, at: TestAuthority.now, roots: chain.certificates)
}

private func touch(_ certificate: SignedCertificate) {
    _ = (certificate.serial, certificate.notBefore, certificate.notAfter, certificate.issuer, certificate.subject)
    _ = (certificate.authorityKeyIdentifier, certificate.subjectKeyIdentifier, certificate.isAuthority)
    _ = (certificate.isSelfSigned, certificate.label, certificate.publicKey.type, certificate.fingerprint)
    #expect(certificate.issuer.count <= 300)
}
