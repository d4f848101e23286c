import Foundation
import Storage
import StorageSQLite
import TestPeers

/// A home in which every secret that certflow knows is a canary, and profiles that fail with each of them.
struct CanaryHome {
    let directory: URL
    let certflow: BuiltProgram
    let server: EchoServer
    let sshd: Sshd
    let cage: Cage

    /// What programs write while they run.
    var temporary: URL { directory.appending(path: "tmp") }
    var published: URL { directory.appending(path: "tls") }
    /// What the test itself hands over: not looked into.
    var own: URL { directory.appending(path: "own") }
    /// Where commands write down what they were told.
    private var dump: URL { own.appending(path: "dump.sh") }

    /// Publishing profiles with their options; each publishes a certificate of its own.
    private(set) var profiles: [String] = []
    private(set) var certificates: [String] = []

    init(in directory: URL, _ server: EchoServer, _ sshd: Sshd) throws {
        self.directory = directory
        self.server = server
        self.sshd = sshd
        let temporary = directory.appending(path: "tmp")
        certflow = BuiltProgram(
            home: directory.appending(path: "home"), environment: ["TMPDIR": temporary.path])
        cage = Cage(allowing: [
            // What is published and exported holds its key, and the master key lies in its file: that is what they are for.
            ("/tls/", ["key of "]), ("/home/master.key", ["master key"]),
            // What people wrote into their own files, and what backups keep of those.
            ("/profiles/", ["misplaced"]), ("/certflow.yaml", ["misplaced"]),
        ])
        for name in ["tmp", "tls", "own"] {
            try FileManager.default.createDirectory(
                at: directory.appending(path: name), withIntermediateDirectories: false)
        }
        try """
        { tr '\\0' '\\n' < /proc/self/environ; tr '\\0' '\\n' < /proc/$PPID/environ
          tr '\\0' '\\n' < /proc/$PPID/cmdline; tr '\\0' '\\n' < /proc/$$/cmdline; } > "\(temporary.path)/told.$$"
        """.write(to: dump, atomically: true, encoding: .utf8)
    }

    // MARK: Running

    /// Runs a command, whatever comes of it, and sees what it says.
    @discardableResult
    func run(_ arguments: String..., input: String = "", at offset: Duration = .zero) async throws
        -> BuiltProgram.Outcome
    {
        var program = certflow
        if offset != .zero {
            program = try .moved(home: certflow.home, by: offset, environment: ["TMPDIR": temporary.path])
        }
        let outcome = try await program.run(arguments, input: input)
        cage.see(outcome.output + outcome.errors, at: "`certflow \(arguments.joined(separator: " "))`")
        return outcome
    }

    /// Stores a secret, from standard input.
    func store(_ secret: String, _ canary: Canary) async throws { try await store(secret, canary.text) }

    func store(_ secret: String, _ text: String) async throws {
        let outcome = try await run("secret", "set", secret, input: text)
        guard outcome.status == 0 else { throw Wrong("\(secret) can't be stored: \(outcome.errors)") }
    }

    // MARK: Profiles

    /// A publishing profile and a certificate for it.
    mutating func publish(_ name: String, _ text: String) throws {
        try certflow.write("profile: \(name)\n\(text)\n", "publishing/\(name)")
        profiles.append(name)
        certificates.append("\(name).example.com")
    }

    /// Requests to the echo server, with a way to prove who asks.
    /// - Parameters:
    ///   - path: where it publishes.
    ///   - look: where it reads back; nil: where all is said back with status 200.
    mutating func http(_ name: String, path: String, look: String? = nil, _ more: String, body: String = "") throws {
        try publish(
            name,
            """
            publisher: http
            with:
              server: https://localhost:\(server.port)
              caBundle: \(server.bundle.path)
              place: \(path)
              timeout: 20s
              contents: [{name: chain, content: fullchain}, {name: key, content: privateKey}]
            \(more)
              requests:
                - method: PUT
                  path: "\(path)"
                  json: {chain: "{{content.chain}}", key: "{{content.key}}", all: "{{content.key | base64}}"\(body)}
              inspect:
                - {path: "\(look ?? "/look\(path)")", absent: [404], certificate: {body: true}}
            test: {command: [sh, "\(dump.path)", \(name)]}
            """)
    }

    mutating func sftp(_ name: String, _ proof: String, more: String = "") throws {
        try publish(
            name,
            """
            publisher: sftp
            with:
              user: \(Sshd.user)
              directory: \(sshd.data.path)/\(name)
              files: [{name: fullchain.pem, content: fullchain}, {name: privkey.pem, content: privateKey}]
            \(proof)
            targets: [{name: web, host: 127.0.0.1, port: \(sshd.port)}]
            \(more)
            """)
    }

    /// Files here, whose test says what the secret is and fails.
    mutating func files(_ name: String, _ more: String, test: String, saying secret: Canary?) throws {
        let said = own.appending(path: "said-by-\(name)")
        try (secret?.text ?? "nothing").write(to: said, atomically: true, encoding: .utf8)
        let script = own.appending(path: "\(name).sh")
        try ". '\(dump.path)'\ncat '\(said.path)'\n\(test)\n".write(to: script, atomically: true, encoding: .utf8)
        try publish(
            name,
            """
            publisher: filesystem
            with:
              directory: \(published.path)/\(name)
              files:
                - {name: fullchain.pem, content: fullchain}
                - {name: privkey.pem, content: privateKey}
            \(more)
            test: {command: [sh, "\(script.path)"]}
            """)
    }

    var flows: String {
        "certificates:\n"
            + zip(certificates, profiles).map { certificate, profile in
                """
                  - name: \(certificate)
                    subjects: [\(certificate)]
                    issuer: local-authority
                    flow:
                      publication: {enabled: true, profiles: [\(profile)]}

                """
            }.joined()
    }

    /// Alerts by a program that writes down what it was told, and by a service that refuses them.
    func writeSettings() throws {
        try """
        alerts:
          command: [sh, "\(dump.path)", alert]
          webhook:
            url: "https://localhost:\(server.port)/status/500/alert"
            token: {secret: hook-token}
            signature: {secret: hook-key}
            caBundle: \(server.bundle.path)
        """.write(to: certflow.home.appending(path: "certflow.yaml"), atomically: true, encoding: .utf8)
    }

    // MARK: Keys that certflow made itself

    /// The newest key of a certificate, exported to where nobody looks.
    func learnKey(of certificate: String, version: String) async throws {
        let file = own.appending(path: "exported-\(version)-\(certificate)").path
        let outcome = try await run("export", certificate, "--format", "privateKey", "--out", file)
        guard outcome.status == 0 else { throw Wrong("no key of \(certificate): \(outcome.errors)") }
        cage.add(try Canary("key of \(certificate), \(version)", pkcs8: String(contentsOfFile: file, encoding: .utf8)))
    }

    /// The master key, and what plug-ins keep under seal: keys of the authority and of accounts.
    /// - Returns: the names of those.
    func learnSealed() async throws -> [String] {
        let bytes = try Data(contentsOf: certflow.home.appending(path: "master.key"))
        cage.add(Canary("master key", text: "", core: Array(bytes.prefix(24))))
        let master = try MasterKey.load(home: certflow.home.path)
        let sealer = Sealer(master: master, entropy: { _ in [] })
        let program = PeerProgram("sqlite3", package: "sqlite3")
        let rows = try await program.run(
            ["file:certflow.db?mode=ro", "SELECT scope, key, hex(sealed) FROM plugin_state"], in: certflow.home)
        var names: [String] = []
        for row in rows.split(separator: "\n") {
            let parts = row.split(separator: "|").map(String.init)
            guard parts.count == 3, let sealed = Self.bytes(hexadecimal: parts[2]) else { continue }
            let place = "state/\(parts[0])/\(parts[1])"
            let text = try sealer.open(sealed, for: place).withBytes { String(decoding: $0, as: UTF8.self) }
            if let begin = text.range(of: "-----BEGIN PRIVATE KEY"), let end = text.range(of: "-----END PRIVATE KEY") {
                cage.add(try Canary(place, pkcs8: String(text[begin.lowerBound..<end.upperBound])))
                names.append(place)
            } else if let match = text.firstMatch(of: /"privateBytes":"([^"]+)"/),
                let key = Data(base64Encoded: String(match.1).replacing("\\/", with: "/"))
            {
                cage.add(Canary(place, text: "", core: Array(key.prefix(24))))
                names.append(place)
            }
        }
        return names
    }

    private static func bytes(hexadecimal text: String) -> Data? {
        var bytes = Data()
        var rest = Substring(text)
        while !rest.isEmpty {
            guard let byte = UInt8(rest.prefix(2), radix: 16) else { return nil }
            bytes.append(byte)
            rest = rest.dropFirst(2)
        }
        return bytes
    }
}
