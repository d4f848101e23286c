import Automation
import Certificates
import Foundation
import LocalAuthority
import PluginKit
import TestPeers
import Testing

@Suite struct IssuingTests {
    /// What `openssl verify` says, strictly, and the leaf in its words.
    private func judge(_ bench: Bench, _ issued: Issued, host: String? = nil) async throws -> String {
        let authority = try await LocalAuthority.certificates(bench.context)
        let root = try SignedCertificate(der: #require(authority.last))
        return try await withTemporaryDirectory { directory in
            try root.pem.write(to: directory.appending(path: "root.pem"))
            try issued.chain.leaf.pem.write(to: directory.appending(path: "leaf.pem"))
            let issuers = issued.chain.issuers.reduce(into: Data()) { $0 += $1.pem }
            try issuers.write(to: directory.appending(path: "issuers.pem"))
            var arguments = ["verify", "-x509_strict", "-attime", "\(bench.now.seconds)", "-CAfile", "root.pem"]
            arguments += ["-untrusted", "issuers.pem", "-purpose", "sslserver"]
            if let host { arguments += ["-verify_hostname", host] }
            try await OpenSSL.program.run(arguments + ["leaf.pem"], in: directory)
            return try await OpenSSL.program.run(["x509", "-in", "leaf.pem", "-noout", "-text"], in: directory)
        }
    }

    @Test("what is issued passes our own checks and OpenSSL's", arguments: KeyType.allCases.filter { $0 != .rsa4096 })
    func issues(type: KeyType) async throws {
        let bench = Bench()
        try await bench.create()
        let order = try Order("www.example.com", "*.example.com", "10.0.0.1", "2001:db8::1", type: type)
        let issued = try await bench.issue(order)
        let authority = try await LocalAuthority.certificates(bench.context)
        let root = try SignedCertificate(der: authority[1])
        try issued.chain.verify(
            key: order.key.publicKey, subjects: order.subjects, at: bench.now, roots: [root])
        #expect(issued.chain.issuers.map(\.der) == [authority[0]], "the chain stands without its root")
        let text = try await judge(bench, issued, host: "anything.example.com")
        #expect(text.contains("Subject: CN = www.example.com"))
        #expect(
            text.contains(
                "DNS:www.example.com, DNS:*.example.com, IP Address:10.0.0.1, IP Address:2001:DB8:0:0:0:0:0:1"))
        let isRSA = type == .rsa2048 || type == .rsa3072
        #expect(text.contains("Digital Signature, Key Encipherment") == isRSA)
        #expect(text.contains("TLS Web Server Authentication") && !text.contains("TLS Web Client Authentication"))
        #expect(text.contains("CA:FALSE"))
    }

    @Test("an address, or a name too long for a common name, leaves the subject empty and makes the names critical")
    func longNames() async throws {
        let bench = Bench()
        try await bench.create()
        let long = String(repeating: "a", count: 60) + ".example.com"
        let text = try await judge(bench, try await bench.issue(Order(long)), host: long)
        #expect(text.contains("X509v3 Subject Alternative Name: critical"))
        let address = try await judge(bench, try await bench.issue(Order("10.0.0.1")))
        #expect(address.contains("Subject: \n") && address.contains("X509v3 Subject Alternative Name: critical"))
        let mixed = try await bench.issue(Order("10.0.0.1", long, "short.example.com"))
        #expect(mixed.chain.leaf.subject == "CN=short.example.com")
    }

    @Test(
        "a certificate lives exactly as long as asked, and begins a little before now",
        arguments: [(60, 3), (600, 30), (86_400, 60), (90 * 86_400, 60)] as [(Int64, Int64)])
    func lifetimes(lifetime: Int64, headStart: Int64) async throws {
        let bench = Bench(["lifetime": .duration(.seconds(lifetime))])
        try await bench.create()
        let leaf = try await bench.issue(Order("a.example.com")).chain.leaf
        #expect(leaf.notAfter - leaf.notBefore == .seconds(lifetime))
        #expect(bench.now - leaf.notBefore == .seconds(headStart))
    }

    @Test("usages, revocation list and authority addresses stand in the certificate as the options say")
    func extensions() async throws {
        let bench = Bench([
            "keyUsages": .list([.text("digitalSignature"), .text("keyAgreement")]),
            "extendedKeyUsages": .list([.text("serverAuth"), .text("clientAuth")]),
            "crlURL": .text("http://ca.example.com/list.crl"), "issuersURL": .text("http://ca.example.com/ca.cer"),
            "ocspURL": .text("http://ocsp.example.com"),
        ])
        try await bench.create()
        let text = try await judge(bench, try await bench.issue(Order("a.example.com")))
        let flat = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        #expect(flat.contains("X509v3 Key Usage: critical Digital Signature, Key Agreement"))
        #expect(flat.contains("TLS Web Server Authentication, TLS Web Client Authentication"))
        #expect(flat.contains("CRL Distribution Points: Full Name: URI:http://ca.example.com/list.crl"))
        #expect(flat.contains("OCSP - URI:http://ocsp.example.com"))
        #expect(flat.contains("CA Issuers - URI:http://ca.example.com/ca.cer"))
    }

    @Test("a certificate never outlives its intermediate")
    func clampsLifetime() async throws {
        let bench = Bench(["lifetime": .duration(.seconds(86_400)), "rootLifetime": .duration(.seconds(7200))])
        try await bench.create()
        let end = bench.now + .hours(2)
        let issued = try await bench.issue(Order("a.example.com"))
        #expect(issued.chain.leaf.notAfter == end && issued.chain.notAfter == end)
        #expect(try await bench.issuer().expires() == end.date)
        bench.clock.set(end)
        let order = try Order("a.example.com", id: "web/x/1")
        await expect(.configuration, "local-authority.expired") { try await bench.issue(order) }
    }

    @Test("a clock that was set back before the authority's time is named as the cause")
    func refusesClock() async throws {
        let bench = Bench()
        try await bench.create()
        bench.clock.set(Bench.start - .minutes(59))
        let leaf = try await bench.issue(Order("a.example.com")).chain.leaf
        #expect(leaf.notBefore == Bench.start - .hours(1), "never before its authority")
        bench.clock.set(Bench.start - .hours(2))
        let order = try Order("a.example.com", id: "web/x/1")
        await expect(.configuration, "local-authority.clock") { try await bench.issue(order) }
        #expect(try await bench.issuer().check().hasProblem)
    }

    @Test("a request that is not the order's is refused before anything is recorded")
    func refusesRequests() async throws {
        let bench = Bench()
        try await bench.create()
        let order = try Order("a.example.com")
        var wrongNames = order.request
        wrongNames.subjects = ["b.example.com"]
        var moreNames = order.request
        moreNames.subjects = ["a.example.com", "b.example.com"]
        var badName = order.request
        badName.subjects = ["not a name"]
        for request in [wrongNames, moreNames, badName] {
            await expect(.bug, "local-authority.request-mismatch") {
                try await bench.issuer().begin(request, bench.journal)
            }
        }
        var unsigned = order.request
        unsigned.signingRequest[unsigned.signingRequest.endIndex - 1] ^= 1
        var junk = order.request
        junk.signingRequest = Data("junk".utf8)
        for request in [unsigned, junk] {
            await expect(.bug, "local-authority.bad-request") {
                try await bench.issuer().begin(request, bench.journal)
            }
        }
        #expect(bench.journal.entries.isEmpty)
    }

    @Test("the names of an order may be written in any case and order")
    func acceptsSpelling() async throws {
        let bench = Bench()
        try await bench.create()
        var order = try Order("a.example.com", "10.0.0.1", "2001:db8::1")
        order.request.subjects = ["2001:0DB8:0:0::1", "A.Example.COM", "10.0.0.1"]
        let issued = try await bench.issue(order)
        #expect(issued.chain.leaf.subjects == order.subjects)
    }

    // MARK: Permitted names

    private static let limited: [String: Options.Value] = [
        "permittedNames": .list([.text("example.com"), .text(".internal"), .text("10.0.0.0/8")])
    ]

    @Test("permitted names are certified", arguments: ["example.com", "*.a.example.com", "x.internal", "10.9.8.7"])
    func permits(name: String) async throws {
        let bench = Bench(Self.limited)
        try await bench.create()
        _ = try await judge(bench, try await bench.issue(Order(name)))
    }

    @Test(
        "every other name is refused by policy, naming it and the rules",
        arguments: ["example.org", "badexample.com", "internal", "11.0.0.1", "2001:db8::1", "*.com"])
    func forbids(name: String) async throws {
        let bench = Bench(Self.limited)
        try await bench.create()
        let order = try Order("good.example.com", name)
        do {
            _ = try await bench.issue(order)
            Issue.record("\(name) was certified")
        } catch let failure as PluginFailure {
            #expect(failure.kind == .policy && failure.code == "local-authority.name-not-permitted")
            #expect(failure.message.contains(name) && failure.message.contains("example.com, .internal, 10.0.0.0/8"))
        }
        #expect(bench.journal.entries.isEmpty)
    }

    @Test("the rules hold for what is resumed as well")
    func forbidsResumed() async throws {
        let bench = Bench()
        try await bench.create()
        let order = try Order("example.org")
        let issued = try await bench.issue(order)
        let limited = bench.with(Self.limited)
        await expect(.policy, "local-authority.name-not-permitted") { try await limited.resume(order, issued.handle) }
    }

    @Test("name constraints in the intermediate bind clients: OpenSSL refuses what they forbid")
    func nameConstraints() async throws {
        let bench = Bench(Self.limited.merging(["nameConstraints": .flag(true)]) { $1 })
        try await bench.create()
        for name in ["a.example.com", "x.internal", "10.1.2.3"] {
            _ = try await judge(bench, try await bench.issue(Order(name)))
        }
        // An authority without rules of its own, but with the same keys, can't make clients accept other names.
        let unruly = bench.with(["permittedNames": .list([]), "nameConstraints": .flag(false)])
        let before = try #require(bench.state.bytes("intermediates"))
        for name in ["example.org", "11.0.0.1", "2001:db8::1"] {
            let order = try Order(name)
            let handle = try await forgedReservation(unruly, order, issuer: before)
            let issued = try await unruly.resume(order, handle)
            await #expect(throws: PeerFailure.self) { try await judge(unruly, issued) }
            #expect(throws: CertificateFailure.self) {
                try issued.chain.verify(key: order.key.publicKey, subjects: order.subjects, at: bench.now)
            }
        }
    }

    /// Lets the limited intermediate sign: a reservation that names it is honoured while it is kept.
    private func forgedReservation(_ bench: Bench, _ order: Order, issuer entry: Data) async throws -> Handle {
        let limited = try #require(try KeyedCertificate.list(reading: Secret(entry)).first)
        let handle = try await bench.issue(order).handle
        var content = try #require(JSONSerialization.jsonObject(with: handle.content) as? [String: Any])
        content["issuer"] = limited.certificate.fingerprint.sha256.base64EncodedString()
        return Handle(encoded: try JSONSerialization.data(withJSONObject: content), format: handle.format)
    }

    // MARK: Options

    @Test(
        "options that make no sense are refused with the place",
        arguments: [
            ("permittedNames", .list([.text("*.example.com")])), ("permittedNames", .list([.text("10.0.0.0/99")])),
            ("nameConstraints", .flag(true)), ("crlURL", .text("ftp://x")), ("ocspURL", .text("http://")),
            ("issuersURL", .text("http://a b")), ("rootName", .text("")), ("organization", .text("a\u{7}")),
            ("rootName", .text(String(repeating: "x", count: 65))), ("rootName", .text("certflow intermediate")),
        ] as [(String, Options.Value)])
    func refusesOptions(name: String, value: Options.Value) async throws {
        let bench = Bench([name: value])
        await expect(.configuration, "local-authority.option") { try await bench.issuer() }
        await expect(.configuration, "local-authority.option") { try await bench.create() }
    }

    @Test("the schema's own examples are accepted by the schema and by the authority")
    func examples() async throws {
        let schema = LocalAuthority.manifest.options
        #expect(schema.fields.allSatisfy { $0.summary.hasSuffix(".") && $0.example != nil })
        let position = SourcePosition(file: "p.yaml", line: 1, column: 1)
        func node(_ text: String) -> OptionNode {
            guard text.hasPrefix("[") else { return OptionNode(.scalar(text), at: position) }
            let items = text.dropFirst().dropLast().split(separator: ",").map {
                $0.trimmingCharacters(in: .whitespaces)
            }
            return OptionNode(.list(items.map { OptionNode(.scalar($0), at: position) }), at: position)
        }
        let entries = schema.fields.map {
            OptionNode.Entry(key: $0.name, keyPosition: position, node: node($0.example ?? ""))
        }
        let checked = schema.check(OptionNode(.group(entries), at: position), variables: [])
        #expect(checked.problems == [])
        let options = try checked.tree.render(TemplateVariables()) { _ in Secret([]) }
        let bench = Bench(options.values)
        try await bench.create()
        _ = try await judge(bench, try await bench.issue(Order("a.example.internal")))
    }
}
