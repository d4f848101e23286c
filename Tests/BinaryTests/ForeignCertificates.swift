import Foundation
import TestPeers

/// Certificates that another program made, as files that an operator would import.
struct ForeignCertificates {
    let directory: URL
    private var authority: [String] { ["-CA", path("ca.crt"), "-CAkey", path("ca.key")] }

    /// Makes a root in `directory`.
    init(in directory: URL) async throws {
        self.directory = directory
        try await openssl(
            ["req", "-x509", "-nodes", "-days", "3650", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
                + ["-subj", "/CN=Foreign root", "-addext", "basicConstraints=critical,CA:TRUE"]
                + ["-keyout", path("ca.key"), "-out", path("ca.crt")])
    }

    func path(_ name: String) -> String { directory.appending(path: name).path }

    /// Makes NAME.crt and NAME.key.
    /// - Parameter days: how long it is valid; one that is below zero has expired.
    func issue(_ name: String, days: Int = 60) async throws {
        try await openssl(
            ["req", "-new", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-subj", "/CN=\(name)"]
                + ["-keyout", path("\(name).key"), "-out", path("\(name).csr")])
        try "subjectAltName=DNS:\(name)\nbasicConstraints=critical,CA:FALSE\n".write(
            toFile: path("\(name).ext"), atomically: true, encoding: .utf8)
        try await openssl(
            ["x509", "-req", "-in", path("\(name).csr"), "-days", String(days), "-extfile", path("\(name).ext")]
                + ["-out", path("\(name).crt")] + authority)
    }

    /// Makes NAME.p12 of NAME.crt and NAME.key.
    func bundle(_ name: String, passphrase: String) async throws {
        try await openssl(
            [
                "pkcs12", "-export", "-inkey", path("\(name).key"), "-in", path("\(name).crt"), "-out",
                path("\(name).p12"),
            ]
                + ["-passout", "pass:\(passphrase)"])
    }

    /// Makes certbot's directory `letsencrypt` of certificates that were issued.
    func certbot(_ names: String...) throws {
        let manager = FileManager.default
        for name in names {
            let archive = "letsencrypt/archive/\(name)", live = "letsencrypt/live/\(name)"
            for folder in [archive, live] {
                try manager.createDirectory(atPath: path(folder), withIntermediateDirectories: true)
            }
            for (file, made) in [("fullchain", "crt"), ("privkey", "key")] {
                try manager.copyItem(atPath: path("\(name).\(made)"), toPath: path("\(archive)/\(file)1.pem"))
                try manager.createSymbolicLink(
                    atPath: path("\(live)/\(file).pem"), withDestinationPath: "../../archive/\(name)/\(file)1.pem")
            }
        }
    }

    @discardableResult
    func openssl(_ arguments: [String]) async throws -> String {
        try await OpenSSL.program.run(arguments, in: directory)
    }
}
