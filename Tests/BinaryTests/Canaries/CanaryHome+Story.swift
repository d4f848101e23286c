import Foundation
import TestPeers
import Testing

extension CanaryHome {
    /// The canaries that go to the server, and so must have arrived there: else nothing was tried.
    private static let sent = [
        "bearer token", "basic password", "header value", "login password", "OAuth secret", "AWS session token",
        "body secret", "query secret", "own header", "webhook token",
    ]

    /// The home with a canary for every secret, and profiles that use them.
    mutating func prepare(stranger: SSHKeyPair, identity: OpenSSL.Certificate) async throws {
        try await run("init")
        try writeSettings()
        try sshd.knownHosts().write(
            to: certflow.home.appending(path: "known_hosts"), atomically: true, encoding: .utf8)
        cage.add(Canary("access token", text: EchoServer.accessToken, core: Array(EchoServer.accessToken.utf8)))
        cage.add(Canary("session", text: EchoServer.session, core: Array(EchoServer.session.utf8)))
        try await addRequests(identity)
        try await addLogins(stranger)
        try await addUnreachable()
        try await addFiles()
        try await addAuthority()
        try await store("hook-token", cage.canary("webhook token", signs: "+/="))
        let key = Data(cage.canary("webhook key").text.utf8).base64EncodedString()
        try await store("hook-key", "whsec_\(key)")
        let outcome = try await run("apply", "-", input: flows)
        guard outcome.status == 0 else { throw Wrong("the flows can't be applied: \(outcome.errors)") }
    }

    private mutating func addRequests(_ identity: OpenSSL.Certificate) async throws {
        try await store("bearer", cage.canary("bearer token", signs: "+/="))
        try http("bearer", path: "/status/401/bearer", "  authentication: {bearer: {secret: bearer}}")
        try await store("basic", cage.canary("basic password"))
        try http(
            "basic", path: "/status/500/basic", look: "/status/500/basic",
            "  authentication: {basic: {user: admin, password: {secret: basic}}}")
        try await store("header", cage.canary("header value"))
        try http(
            "header", path: "/header", "  authentication: {header: {name: X-Api-Key, value: {secret: header}}}")
        try await store("login", cage.canary("login password"))
        try http(
            "login", path: "/status/403/login",
            """
              headers: {X-Session: "{{value.session}}"}
              texts: {pair: "admin:{{secret.login}}"}
              login:
                - method: POST
                  path: /login
                  headers: {X-Pair: "{{text.pair | base64}}"}
                  form: {password: "{{secret.login}} & more"}
                  extract: {session: {pointer: /session}}
            """)
        try await store("oauth", cage.canary("OAuth secret"))
        try http(
            "oauth", path: "/status/400/oauth",
            "  authentication: {oauth: {tokenURL: \"https://localhost:\(server.port)/token\", clientID: a, "
                + "clientSecret: {secret: oauth}, sends: form}}")
        try await store("aws", cage.canary("AWS access key"))
        try await store("aws-session", cage.canary("AWS session token", signs: "+/="))
        try http(
            "aws", path: "/status/400/aws",
            "  authentication: {aws: {accessKeyID: AKID, secretAccessKey: {secret: aws}, "
                + "sessionToken: {secret: aws-session}, region: eu, service: acm}}")
        let key = try String(contentsOf: identity.key, encoding: .utf8)
        let canary = try Canary("client key", pkcs8: key)
        cage.add(canary)
        let pem = try String(contentsOf: identity.chain, encoding: .utf8) + key
        try await store("identity", pem)
        try http("identity", path: "/status/404/identity", "  authentication: {clientCertificate: {secret: identity}}")
        try await store("broken-identity", cage.canary("broken client key"))
        try http("broken", path: "/broken", "  authentication: {clientCertificate: {secret: broken-identity}}")
        try await store("body", cage.canary("body secret"))
        try await store("query", cage.canary("query secret"))
        try await store("own", cage.canary("own header"))
        try http(
            "body", path: "/status/400/body",
            "  headers: {X-Own: \"{{secret.own}}\", X-Hex: \"{{secret.own | hex}}\", X-Query: \"{{secret.query | url}}\"}",
            body: ", pass: \"{{secret.body}}\", coded: \"{{secret.body | base64}}\"")
    }

    /// Servers that are not there, or vouched for by somebody else, with a secret in the address.
    private mutating func addUnreachable() async throws {
        try await store("address", cage.canary("secret of an address"))
        let path = "\"/{{secret.address | url}}?pass={{secret.address | url}}\""
        for (name, server, bundle) in [
            ("down", "https://localhost:\(try FreePort.next())", server.bundle.path),
            ("stranger", "https://localhost:\(server.port)", "/etc/ssl/certs/ca-certificates.crt"),
        ] {
            try publish(
                name,
                """
                publisher: http
                with:
                  server: \(server)
                  caBundle: \(bundle)
                  place: \(name)
                  contents: [{name: chain, content: fullchain}]
                  requests:
                    - {method: PUT, path: \(path), body: "{{content.chain}}"}
                """)
        }
        try await store("broken-key", cage.canary("broken key of SSH"))
        try sftp("broken-key", "  privateKey: {secret: broken-key}")
    }

    private mutating func addLogins(_ stranger: SSHKeyPair) async throws {
        try await store("wrong-password", cage.canary("wrong password"))
        try sftp("wrong", "  password: {secret: wrong-password}")
        let text = try stranger.text
        let line = text.split(separator: "\n").dropFirst(2).first.map { String($0.prefix(32)) } ?? ""
        let key = Canary("private key of SSH", text: text, core: Array(line.utf8))
        cage.add(key)
        try await store("ssh-key", key)
        try await store("ssh-passphrase", cage.canary("passphrase of SSH"))
        try sftp("key", "  privateKey: {secret: ssh-key}\n  passphrase: {secret: ssh-passphrase}")
        // Let in, and then the command on the target says the password.
        let password = Canary("right password", text: Sshd.password, core: Array(Sshd.password.utf8))
        cage.add(password)
        try await store("right-password", password)
        let said = sshd.data.appending(path: "said")
        try Sshd.password.write(to: said, atomically: true, encoding: .utf8)
        chmod(said.path, 0o644)
        try sftp(
            "right", "  password: {secret: right-password}",
            more: "test: {command: [sh, -c, \"cat '\(said.path)'; exit 1\"], timeout: 20s}")
    }

    private mutating func addFiles() async throws {
        let passphrase = cage.canary("PKCS#12 passphrase")
        try await store("p12", passphrase)
        try files(
            "store", "    - {name: store.p12, content: pkcs12, passphrase: {secret: p12}}", test: "exit 1",
            saying: passphrase)
        let other = cage.canary("other PKCS#12 passphrase")
        try await store("p12-other", other)
        try files(
            "plain", "    - {name: store.p12, content: pkcs12, passphrase: {secret: p12-other}}", test: "exit 0",
            saying: other)
    }

    /// A certificate authority that refuses, in both ways to prove names.
    private mutating func addAuthority() async throws {
        let key = cage.canary("EAB key", signs: "")
        try await store("eab", key)
        let tsig = cage.canary("TSIG key", signs: "")
        try await store("tsig", tsig)
        try """
        profile: refusing
        issuer: acme
        with:
          directory: https://localhost:\(server.port)/acme
          staging: https://localhost:\(server.port)/acme
          caBundle: \(server.bundle.path)
          externalAccount: {keyID: kid, macKey: {secret: eab}}
          acceptTerms: true
          dns01:
            - {server: "127.0.0.1:\(try FreePort.next())", keyName: acme, key: {secret: tsig}}
        """.write(
            to: certflow.home.appending(path: "profiles/issuing/refusing.yaml"), atomically: true, encoding: .utf8)
    }

    // MARK: All that certflow does

    func work(imported: OpenSSL.Certificate) async throws {
        try await run("run")
        for certificate in certificates { try await learnKey(of: certificate, version: "first") }
        try await run("run", at: .seconds(3600))
        for certificate in certificates { try await run("publish", certificate, "--reason", "by hand") }
        for certificate in certificates {
            try await run("publish", certificate, "--dry-run", "--output", "json")
        }
        try await run("renew", "plain.example.com", "--force")
        try await learnKey(of: "plain.example.com", version: "second")
        try await run("publish", "plain.example.com")
        try await run("rollback", "plain.example.com")
        try await issueFromRefusing()
        try await takeIn(imported)
        try await readAll()
        try await misplaced()
        // Beside a living runner: its log, and the database with all that SQLite keeps beside it.
        let log = temporary.appending(path: "run.log")
        let running = try await certflow.staying(["run", "--watch"], log: log) { _ in
            try await until("the runner lives") { try await run("doctor").output.contains("The runner is alive") }
            try await run("publish", "right.example.com", "--reason", "beside a runner")
            try await run("publish", "plain.example.com", "--dry-run")
            try cage.see(below: certflow.home)
        }
        #expect(running.ending == .exited(0))
        // Another value, and none.
        try await store("basic", cage.canary("second password"))
        try await run("secret", "remove", "body", "--reason", "gone")
        try await run("run", at: .seconds(7200))
    }

    private func issueFromRefusing() async throws {
        let refused = flows.replacing("local-authority", with: "refusing")
        try await run("apply", "-", "--dry-run", input: refused)
        try await run("apply", "-", input: refused)
        try await run("renew", "plain.example.com", "--force")
        try await run("renew", "plain.example.com", "--rehearse")
        for format in ["table", "json"] {
            try await run("issuer", "check", "--output", format)
            try await run("issuer", "list", "--output", format)
            try await run("issuer", "account", "show", "refusing", "--output", format)
            try await run("issuer", "show", "refusing", "--output", format)
        }
        try await run("revoke", "plain.example.com", "--reason", "superseded", "--yes")
    }

    private func takeIn(_ imported: OpenSSL.Certificate) async throws {
        let key = try String(contentsOf: imported.key, encoding: .utf8)
        cage.add(try Canary("key that is imported", pkcs8: key))
        let passphrase = cage.canary("import passphrase")
        let file = own.appending(path: "import-passphrase")
        try passphrase.text.write(to: file, atomically: true, encoding: .utf8)
        let store = own.appending(path: "imported.p12").path
        try await OpenSSL.program.run(
            [
                "pkcs12", "-export", "-in", imported.chain.path, "-inkey", imported.key.path, "-out", store,
                "-passout", "file:\(file.path)",
            ], in: own)
        let wrong = own.appending(path: "wrong-passphrase")
        try cage.canary("wrong import passphrase").text.write(to: wrong, atomically: true, encoding: .utf8)
        try await run("import", store, "--passphrase-file", wrong.path)
        try await run("import", store, "--passphrase-file", file.path, "--output", "json")
        try await run("import", imported.chain.path, imported.key.path, "--output", "json")
        let export = own.appending(path: "export-passphrase")
        try cage.canary("export passphrase").text.write(to: export, atomically: true, encoding: .utf8)
        try await run(
            "export", "plain.example.com", "--format", "pkcs12", "--out", own.appending(path: "e.p12").path,
            "--passphrase-file", export.path)
        try await run("export", "plain.example.com", "--format", "fullchain")
    }

    /// Secrets where their names belong, or in addresses: the files that people wrote have them, and nothing else.
    private func misplaced() async throws {
        let inline = cage.canary("misplaced secret", signs: "")
        let settings = certflow.home.appending(path: "certflow.yaml")
        let good = try String(contentsOf: settings, encoding: .utf8)
        for wrong in [
            "{url: \"https://u:\(inline.text)@localhost\"}", "{url: \"https://localhost\", token: \(inline.text)}",
            "{url: \"https://localhost\", signature: {secret: \"\(inline.text)/\"}}",
        ] {
            try "alerts: {webhook: \(wrong)}\n".write(to: settings, atomically: true, encoding: .utf8)
            let outcome = try await run("status")
            #expect(outcome.status == 1)
        }
        try good.write(to: settings, atomically: true, encoding: .utf8)
        let address = "https://u:\(inline.text)@localhost:\(server.port)/"
        let texts = [
            ("publishing", "publisher: http\nwith: {server: \"\(address)\", place: a"),
            (
                "publishing",
                "publisher: http\nwith: {server: \"https://localhost\", place: a, authentication: {oauth: "
                    + "{tokenURL: \"\(address)\", clientID: a, clientSecret: {secret: oauth}}}"
            ),
            (
                "publishing",
                "publisher: http\nwith: {server: \"https://localhost\", place: a, authentication: {bearer: \(inline.text)}"
            ),
            ("issuing", "issuer: acme\nwith: {directory: \"\(address)\""),
            (
                "issuing",
                "issuer: acme\nwith: {directory: \"https://localhost\", externalAccount: {keyID: a, macKey: \(inline.text)}"
            ),
        ]
        for (index, (kind, text)) in texts.enumerated() {
            let name = "misplaced-\(index)"
            let rest = kind == "publishing" ? ", requests: [{method: PUT, path: /x}]}" : "}"
            try certflow.write("profile: \(name)\n\(text)\(rest)\n", "\(kind)/\(name)")
            try await run(
                "apply", "-",
                input: """
                    certificates:
                      - name: \(name).example.com
                        subjects: [\(name).example.com]
                        issuer: \(kind == "issuing" ? name : "local-authority")
                        flow:
                          publication: {enabled: true, profiles: [\(kind == "issuing" ? "plain" : name)]}
                    """)
            if kind == "issuing" {
                try await run("renew", "\(name).example.com")
                try await run("issuer", "check", name)
            } else {
                try await run("run")
                try await run("publish", "\(name).example.com")
                try await run("profile", "render", name, "\(name).example.com")
            }
            try await run("profile", "check", name)
            try await run("profile", "show", name)
            try await run("history", "\(name).example.com", "--output", "json")
        }
    }

    private func readAll() async throws {
        for format in ["table", "json"] {
            try await run("profile", "check", "--output", format)
            try await run("profile", "list", "--output", format)
            try await run("status", "--output", format)
            try await run("forecast", "--output", format)
            try await run("doctor", "--output", format)
            try await run("audit", "list", "--output", format)
            try await run("audit", "verify", "--output", format)
            try await run("secret", "list", "--output", format)
            try await run("target", "list", "--output", format)
        }
        for (certificate, profile) in zip(certificates, profiles) {
            try await run("profile", "render", profile, certificate, "--output", "json")
            try await run("history", certificate, "--output", "json")
        }
        for name in ["body", "store", "right"] {
            try await run("profile", "render", name, "\(name).example.com")
            try await run("profile", "show", name, "--output", "json")
            try await run("show", "\(name).example.com", "--output", "json")
            try await run("publish", "\(name).example.com", "--dry-run")
        }
        try await run("explain", "plain.example.com", "--output", "json")
        try await run("show", "store.example.com")
        try await run("history", "store.example.com")
        try await run("flows")
        try await run("backup", temporary.appending(path: "backup.tar").path)
    }

    // MARK: Looking

    /// Sees what is left: files, rows, and what processes were told.
    func look(_ told: [Data]) async throws {
        #expect(told.count > 2)
        for data in told { cage.see(data, at: "arguments or environment of a process") }
        let sealed = try await learnSealed()
        #expect(sealed.contains { $0.contains("local-authority/root") }, "\(sealed)")
        #expect(sealed.contains { $0.contains("refusing") }, "\(sealed)")
        try cage.see(below: certflow.home)
        try cage.see(below: temporary)
        try cage.see(below: published)
        // Values that a page of the database tears apart, and what is stored in hexadecimal.
        let rows = try await PeerProgram("sqlite3", package: "sqlite3")
            .run(["file:certflow.db?mode=ro", ".dump"], in: certflow.home)
        cage.see(rows, at: "the tables")
    }

    /// All was tried: what goes to servers arrived there, programs were told something, files were published.
    func requireExercised() throws {
        let requests = try server.requests.map { "\($0.path) \($0.headers) \($0.body)" }.joined(separator: "\n")
        for name in Self.sent {
            let canary = try #require(cage.canaries.first { $0.name == name })
            #expect(canary.traces(in: Data(requests.utf8)) != nil, "\(name) was never sent")
        }
        #expect(requests.contains("/acme/newAccount") && requests.contains(EchoServer.accessToken))
        let names = try FileManager.default.contentsOfDirectory(atPath: temporary.path)
        #expect(names.filter { $0.hasPrefix("told.") }.count > 2, "\(names)")
        #expect(cage.places > 100)
    }
}
