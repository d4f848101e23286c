import Automation
import Foundation
import PluginKit
import Testing

@testable import Certificates

@Suite struct ImportDirectoryTests {
    private let now = TestAuthority.now
    private let directory: TemporaryDirectory
    private let made: TestChain

    init() throws {
        directory = try TemporaryDirectory()
        made = try TestChain()
    }

    private func key(_ leaf: TestAuthority) -> Data { leaf.key.pkcs8PEM().withBytes { Data($0) } }
    private func chain(_ leaf: TestAuthority) -> Data { leaf.certificate.pem + made.intermediate.certificate.pem }

    private func read(_ path: String = "") throws -> ImportDirectory {
        try ImportDirectory(reading: directory.path + path, at: now)
    }

    private func reasons(_ found: ImportDirectory) -> [String: [CertificateFailure.Code]] {
        Dictionary(grouping: found.material.leftOut) { String($0.source.dropFirst(directory.path.count + 1)) }
            .mapValues { $0.map(\.reason.code) }
    }

    /// Every path below with its content, to show that nothing was written.
    private func snapshot() -> [String: Data] {
        let names = FileManager.default.enumerator(atPath: directory.path)?.compactMap { $0 as? String } ?? []
        return names.reduce(into: [:]) { $0[$1] = (try? directory.read($1)) ?? Data() }
    }

    // MARK: certbot

    /// As certbot writes it: numbered files in `archive`, links in `live`, settings in `renewal`.
    private func addLineage(_ name: String, _ leaf: TestAuthority, in root: String = "") throws {
        for (file, bytes) in [
            ("privkey", key(leaf)), ("fullchain", chain(leaf)), ("cert", leaf.certificate.pem),
            ("chain", made.intermediate.certificate.pem),
        ] {
            try directory.write(bytes, "\(root)archive/\(name)/\(file)2.pem")
            try directory.write("This directory contains your keys", "\(root)live/\(name)/README")
            try directory.link("\(root)live/\(name)/\(file).pem", to: "../../archive/\(name)/\(file)2.pem")
        }
        try directory.write(
            "version = 2.1.0\narchive_dir = /etc/letsencrypt/archive/\(name)\n", "\(root)renewal/\(name).conf")
    }

    @Test("certbot's lineages are read through their links, and nothing is written")
    func certbot() throws {
        try directory.write("README", "live/README")
        try addLineage("www.example.com", made.leaf)
        try addLineage("shop.example.com-0001", try made.intermediate.issue(.leaf("shop.example.com"), .rsa2048))
        let before = snapshot()
        for path in ["", "/", "/live"] {
            let found = try read(path)
            #expect(found.program == .certbot)
            #expect(found.material.pairs.map(\.name) == ["shop.example.com-0001", "www.example.com"])
            #expect(try found.material.pairs.last?.chain == made.chain)
            #expect(found.material.leftOut.isEmpty)
        }
        #expect(snapshot() == before)
    }

    @Test("a lineage that can't be taken is named with the reason, the others come in")
    func certbotProblems() throws {
        try addLineage("good.example.com", made.leaf)
        let expired = TestAuthority.Request.leaf("old.example.com").with { $0.notAfter = now - .days(1) }
        try addLineage("expired.example.com", try made.intermediate.issue(expired))
        try addLineage("wrong-key.example.com", try made.intermediate.issue(.leaf("w.example.com")))
        try directory.write(key(made.root), "archive/wrong-key.example.com/privkey2.pem")
        try addLineage("gone.example.com", try made.intermediate.issue(.leaf("gone.example.com")))
        try FileManager.default.removeItem(atPath: "\(directory.path)/archive/gone.example.com/privkey2.pem")
        try directory.write("version = 2.1.0\n", "renewal/never.example.com.conf")
        let found = try read()
        #expect(found.material.pairs.map(\.name) == ["good.example.com"])
        #expect(
            reasons(found) == [
                "live/expired.example.com/fullchain.pem": [.expired],
                "live/wrong-key.example.com/privkey.pem": [.importNoCertificate],
                "live/wrong-key.example.com/fullchain.pem": [.importNoKey],
                "live/gone.example.com": [.importUnreadableFile],
                "renewal/never.example.com.conf": [.importMissingFile],
            ])
    }

    @Test("a link that leads out of the directory is not followed, and is named with where it leads")
    func linksOutside() throws {
        let outside = try TemporaryDirectory()
        let secret = try outside.write(key(made.leaf), "privkey.pem")
        try addLineage("a.example.com", made.leaf)
        try FileManager.default.removeItem(atPath: "\(directory.path)/live/a.example.com/privkey.pem")
        try directory.link("live/a.example.com/privkey.pem", to: secret)
        // A directory above the file may be the link as well.
        try directory.link("live/b.example.com", to: outside.path)
        try addLineage("c.example.com", made.leaf)
        try FileManager.default.removeItem(atPath: "\(directory.path)/archive/c.example.com")
        try outside.write(chain(made.leaf), "c/fullchain2.pem")
        try outside.write(key(made.leaf), "c/privkey2.pem")
        try directory.link("archive/c.example.com", to: "\(outside.path)/c")
        let found = try read()
        #expect(found.material.pairs.isEmpty)
        #expect(reasons(found)["live/a.example.com"] == [.importLinkOutside])
        #expect(reasons(found)["live/c.example.com"] == [.importLinkOutside, .importLinkOutside])
        #expect(found.material.leftOut.contains { $0.reason.message.contains(secret) })
        #expect(reasons(found)["live/b.example.com"]?.first == .importMissingFile)
    }

    @Test("a directory that is itself reached by a link is read")
    func linkedRoot() throws {
        try addLineage("www.example.com", made.leaf, in: "real/")
        try directory.link("alias", to: "real")
        #expect(try read("/alias").material.pairs.count == 1)
    }

    @Test("a FIFO, a directory and a huge file in the place of a key hold nothing up")
    func oddFiles() throws {
        for (number, name) in ["fifo", "directory", "huge", "circle", "empty"].enumerated() {
            let leaf = try made.intermediate.issue(.leaf("h\(number).example.com"))
            try directory.write(chain(leaf), "live/\(name)/fullchain.pem")
        }
        try directory.write("", "renewal/x")
        try #require(mkfifo("\(directory.path)/live/fifo/privkey.pem", 0o600) == 0)
        try directory.write("", "live/directory/privkey.pem/x")
        try directory.write(Data(count: 262_145), "live/huge/privkey.pem")
        try directory.link("live/circle/privkey.pem", to: "privkey.pem")
        try directory.write("", "live/empty/privkey.pem")
        let found = try read()
        #expect(found.material.pairs.isEmpty)
        #expect(
            reasons(found) == [
                "live/fifo": [.importUnreadableFile], "live/directory": [.importUnreadableFile],
                "live/huge": [.inputTooLarge], "live/circle": [.importUnreadableFile],
                "live/empty/privkey.pem": [.importNothing], "live/empty/fullchain.pem": [.importNoKey],
            ])
    }

    // MARK: acme.sh

    private func addAcmeSh(_ folder: String, _ domain: String, _ leaf: TestAuthority) throws {
        try directory.write("Le_Domain='\(domain)'\nLe_Alt='no'\nLe_Keylength='ec-256'\n", "\(folder)/\(domain).conf")
        try directory.write(key(leaf), "\(folder)/\(domain).key")
        try directory.write(leaf.certificate.pem, "\(folder)/\(domain).cer")
        try directory.write(made.intermediate.certificate.pem, "\(folder)/ca.cer")
        try directory.write(chain(leaf), "\(folder)/fullchain.cer")
    }

    @Test("acme.sh's home is read: both kinds of key, wildcards, and an installation without certificates")
    func acmeSh() throws {
        try directory.write("ACCOUNT_EMAIL='a@example.com'\n", "account.conf")
        try directory.write("#!/bin/sh", "acme.sh")
        try directory.write("{}", "ca/acme-v02.api.letsencrypt.org/directory/account.json")
        #expect(try read().program == .acmeSh)
        #expect(try read().material.pairs.isEmpty)
        try addAcmeSh(
            "www.example.com", "www.example.com", try made.intermediate.issue(.leaf("www.example.com"), .rsa2048))
        try addAcmeSh("www.example.com_ecc", "www.example.com", made.leaf)
        try addAcmeSh("*.example.org_ecc", "*.example.org", try made.intermediate.issue(.leaf("*.example.org")))
        let old = try made.intermediate.issue(.leaf("old.example.com"))
        try addAcmeSh("old.example.com", "old.example.com", old)
        try FileManager.default.removeItem(atPath: "\(directory.path)/old.example.com/fullchain.cer")
        try directory.write("Le_Domain='never.example.com'\n", "never.example.com_ecc/never.example.com.conf")
        let before = snapshot()
        let found = try read()
        #expect(
            found.material.pairs.map(\.name) == [
                "*.example.org", "old.example.com", "www.example.com", "www.example.com_ecc",
            ])
        #expect(found.material.pairs.allSatisfy { $0.chain.issuers.count == 1 })
        #expect(reasons(found) == ["never.example.com_ecc": [.importMissingFile, .importMissingFile]])
        #expect(snapshot() == before)
    }

    // MARK: lego

    @Test("lego's path is read: names from the resource files, keys and chains beside them")
    func lego() throws {
        for (stem, domain, leaf) in [
            ("www.example.com", "www.example.com", made.leaf),
            ("_.example.org", "*.example.org", try made.intermediate.issue(.leaf("*.example.org"))),
        ] {
            try directory.write(chain(leaf), "certificates/\(stem).crt")
            try directory.write(made.intermediate.certificate.pem, "certificates/\(stem).issuer.crt")
            try directory.write(key(leaf), "certificates/\(stem).key")
            let resource = "{\"domain\": \"\(domain)\", \"certUrl\": \"https://ca.example.com/x\"}"
            try directory.write(resource, "certificates/\(stem).json")
        }
        try directory.write(key(try made.intermediate.issue(.leaf("x"))), "certificates/lost.example.com.key")
        try directory.write("{}", "accounts/ca/a@example.com/account.json")
        let before = snapshot()
        for path in ["", "/certificates"] {
            let found = try read(path)
            #expect(found.program == .lego)
            #expect(found.material.pairs.map(\.name) == ["*.example.org", "www.example.com"])
            #expect(found.material.leftOut.map(\.reason.code) == [.importMissingFile])
        }
        #expect(snapshot() == before)
    }

    @Test("without resource files the names of lego's files decide")
    func legoWithoutResources() throws {
        let leaf = try made.intermediate.issue(.leaf("*.example.org"))
        try directory.write(chain(leaf), "certificates/_.example.org.crt")
        try directory.write(key(leaf), "certificates/_.example.org.key")
        #expect(try read().material.pairs.map(\.name) == ["*.example.org"])
    }

    // MARK: Others

    @Test("another directory, a file and nothing at all are refused with what is known")
    func unknown() throws {
        try directory.write("x", "file")
        expect(.importUnknownDirectory) { () throws(CertificateFailure) in
            try ImportDirectory(reading: directory.path, at: now)
        }
        let tree = try SourceTree(directory.path)
        expect(.importUnreadableFile) { () throws(CertificateFailure) in try tree.entries(of: "file") }
        #expect(try tree.entries(of: "nothing") == [])
        for name in ["file", "nothing"] {
            expect(.importUnreadableFile) { () throws(CertificateFailure) in
                try ImportDirectory(reading: "\(directory.path)/\(name)", at: now)
            }
        }
    }
}
