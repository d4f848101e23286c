import FileContract
import Foundation
import PluginKit
import TestPeers
import Testing

@testable import SFTPPublisher

@Suite("Logging in at OpenSSH's server")
struct AuthenticationTests {
    /// A key of a user, as ssh-keygen can write it.
    struct Kind: Sendable, CustomTestStringConvertible {
        var type: String
        var passphrase = ""
        var options: [String] = []

        var testDescription: String {
            ([type] + options + (passphrase.isEmpty ? [] : ["under a passphrase"])).joined(separator: " ")
        }
    }

    static let kinds: [Kind] = [
        Kind(type: "ed25519"), Kind(type: "ed25519", passphrase: "open sesame"),
        Kind(type: "ecdsa", options: ["-b", "256"]), Kind(type: "ecdsa", options: ["-b", "384"]),
        Kind(type: "ecdsa", options: ["-b", "521"]), Kind(type: "ecdsa", passphrase: "open sesame"),
        Kind(type: "ecdsa", options: ["-m", "PEM"]), Kind(type: "ecdsa", options: ["-m", "PKCS8"]),
        Kind(type: "rsa", options: ["-b", "2048"]), Kind(type: "rsa", options: ["-b", "2048", "-m", "PEM"]),
        Kind(type: "rsa", options: ["-b", "2048", "-m", "PKCS8"]),
        Kind(type: "rsa", passphrase: "open sesame", options: ["-b", "2048", "-m", "PKCS8"]),
        Kind(type: "rsa", passphrase: "open sesame", options: ["-b", "2048", "-m", "PEM"]),
    ]

    @Test("a user gets in with every type of key that ssh-keygen writes")
    func keys() async throws {
        try await withTemporaryDirectory { directory in
            var pairs: [(Kind, SSHKeyPair)] = []
            for (index, kind) in Self.kinds.enumerated() {
                pairs.append(
                    (
                        kind,
                        try await SSHKeyPair.make(
                            kind.type, named: "key-\(index)", passphrase: kind.passphrase, kind.options, in: directory)
                    ))
            }
            let keys = pairs
            try await Sshd.withRunning(letting: keys.map(\.1), in: directory) { sshd in
                for (kind, pair) in keys {
                    let credentials = Destination.Credentials(
                        privateKey: Secret(text: try pair.text),
                        passphrase: kind.passphrase.isEmpty ? nil : Secret(text: kind.passphrase), usesAgent: false)
                    #expect(await Self.logIn(sshd, credentials) == nil, "\(kind.testDescription)")
                }
                // A key is of no use without its passphrase, or with another one.
                for (kind, pair) in keys where !kind.passphrase.isEmpty {
                    for wrong in [nil, "shut sesame"] {
                        let credentials = Destination.Credentials(
                            privateKey: Secret(text: try pair.text), passphrase: wrong.map { Secret(text: $0) },
                            usesAgent: false)
                        let refusal = await Self.logIn(sshd, credentials)
                        #expect(refusal?.kind == .configuration, "\(kind.testDescription): \(refusal?.message ?? "-")")
                        #expect(refusal?.code == "sftp.private-key-unreadable", "\(kind.testDescription)")
                    }
                }
            }
        }
    }

    @Test("an RSA key under a passphrase in OpenSSH's own form is refused with the command that converts it")
    func encryptedRSA() async throws {
        try await withTemporaryDirectory { directory in
            let pair = try await SSHKeyPair.make(
                "rsa", named: "key", passphrase: "open sesame", ["-b", "2048"], in: directory)
            do {
                _ = try PrivateKey(Secret(text: try pair.text), passphrase: Secret(text: "open sesame"))
                Issue.record("it was read")
            } catch let unreadable as PrivateKey.Unreadable {
                #expect(unreadable.remedy.contains("ssh-keygen -p -m PKCS8"))
            }
            try await Sshd.keygen.run(
                ["-p", "-m", "PKCS8", "-P", "open sesame", "-N", "open sesame", "-f", pair.file.path], in: directory)
            _ = try PrivateKey(Secret(text: try pair.text), passphrase: Secret(text: "open sesame"))
        }
    }

    @Test("a password lets its user in, by the method of that name and in a dialogue; another one does not")
    func passwords() async throws {
        var dialogue = Sshd.Settings()
        dialogue.lines = [
            "UsePAM yes", "PasswordAuthentication no", "KbdInteractiveAuthentication yes", "PubkeyAuthentication no",
        ]
        var plain = Sshd.Settings()
        plain.lines = ["PasswordAuthentication yes", "PubkeyAuthentication no"]
        for settings in [plain, dialogue] {
            try await withTemporaryDirectory { directory in
                try await Sshd.withRunning(settings, letting: [], in: directory) { sshd in
                    #expect(
                        await Self.logIn(sshd, .init(password: Secret(text: Sshd.password), usesAgent: false)) == nil)
                    let refusal = await Self.logIn(sshd, .init(password: Secret(text: "wrong"), usesAgent: false))
                    #expect(refusal?.kind == .auth)
                    #expect(refusal?.code == "sftp.auth-refused")
                    #expect(refusal?.message.contains("wrong") == false)
                }
            }
        }
    }

    @Test("a server that wants a key and then a password gets both")
    func both() async throws {
        var settings = Sshd.Settings()
        settings.lines = ["AuthenticationMethods publickey,password", "PasswordAuthentication yes"]
        try await withTemporaryDirectory { directory in
            let key = try await SSHKeyPair.make("ed25519", named: "user", in: directory)
            try await Sshd.withRunning(settings, letting: [key], in: directory) { sshd in
                var credentials = Destination.Credentials(privateKey: Secret(text: try key.text), usesAgent: false)
                #expect(await Self.logIn(sshd, credentials)?.code == "sftp.auth-refused")
                credentials.password = Secret(text: Sshd.password)
                #expect(await Self.logIn(sshd, credentials) == nil)
            }
        }
    }

    @Test("an agent lets in whose keys it holds, of every type", arguments: ["ed25519", "ecdsa", "rsa"])
    func agent(type: String) async throws {
        try await withTemporaryDirectory { directory in
            let other = try await SSHKeyPair.make("ed25519", named: "other", in: directory)
            let key = try await SSHKeyPair.make(type, named: "user", in: directory)
            let socket = directory.appending(path: "agent").path
            let add = PeerProgram("ssh-add", package: "openssh-client")
            try await PeerProgram("ssh-agent", package: "openssh-client").serve(
                ["-D", "-a", socket], in: directory, until: { access(socket, F_OK) == 0 }
            ) {
                try await add.run([other.file.path], in: directory, environment: ["SSH_AUTH_SOCK": socket])
                try await Sshd.withRunning(letting: [key], in: directory) { sshd in
                    let credentials = Destination.Credentials(usesAgent: true)
                    #expect(await Self.logIn(sshd, credentials, agent: socket)?.code == "sftp.auth-refused")
                    try await add.run([key.file.path], in: directory, environment: ["SSH_AUTH_SOCK": socket])
                    #expect(await Self.logIn(sshd, credentials, agent: socket) == nil)
                    #expect(await Self.logIn(sshd, credentials)?.code == "sftp.no-agent")
                    #expect(await Self.logIn(sshd, credentials, agent: "/nowhere")?.code == "sftp.agent-failed")
                }
            }
        }
    }

    @Test("an agent that does not sign with one key is asked for the next, and told of where none is left")
    func reluctantAgent() async throws {
        try await withTemporaryDirectory { directory in
            let first = try await SSHKeyPair.make("ed25519", named: "first", in: directory)
            let second = try await SSHKeyPair.make("ed25519", named: "second", in: directory)
            let socket = directory.appending(path: "agent").path
            let environment = ["SSH_AUTH_SOCK": socket]
            let add = PeerProgram("ssh-add", package: "openssh-client")
            try await PeerProgram("ssh-agent", package: "openssh-client").serve(
                ["-D", "-a", socket], in: directory, until: { access(socket, F_OK) == 0 }
            ) {
                // To be confirmed each time, which nobody can.
                try await add.run(["-c", first.file.path], in: directory, environment: environment)
                try await Sshd.withRunning(letting: [first, second], in: directory) { sshd in
                    let credentials = Destination.Credentials(usesAgent: true)
                    let refusal = await Self.logIn(sshd, credentials, agent: socket)
                    #expect(refusal?.code == "sftp.agent-failed", "\(refusal?.message ?? "-")")
                    try await add.run([second.file.path], in: directory, environment: environment)
                    #expect(await Self.logIn(sshd, credentials, agent: socket) == nil)
                }
            }
        }
    }

    @Test("a server that hangs up on who was refused too often refused them, and a refusal costs one try alone")
    func tries() async throws {
        try await withTemporaryDirectory { directory in
            let key = try await SSHKeyPair.make("ed25519", named: "user", in: directory)
            var settings = Sshd.Settings()
            settings.lines = ["MaxAuthTries 2", "PasswordAuthentication yes"]
            try await Sshd.withRunning(settings, letting: [], in: directory) { sshd in
                var credentials = Destination.Credentials(
                    privateKey: Secret(text: try key.text), password: Secret(text: Sshd.password), usesAgent: false)
                #expect(await Self.logIn(sshd, credentials) == nil)
                credentials.password = Secret(text: "wrong")
                let refusal = await Self.logIn(sshd, credentials)
                #expect(refusal?.kind == .auth)
                #expect(refusal?.code == "sftp.auth-refused", "\(refusal?.message ?? "-")")
            }
        }
    }

    @Test("a user without the key is refused, and the message names what the server takes and what it was offered")
    func refused() async throws {
        try await withTemporaryDirectory { directory in
            let key = try await SSHKeyPair.make("ed25519", named: "user", in: directory)
            try await Sshd.withRunning(letting: [], in: directory) { sshd in
                let credentials = Destination.Credentials(privateKey: Secret(text: try key.text), usesAgent: false)
                let refusal = await Self.logIn(sshd, credentials)
                #expect(refusal?.kind == .auth)
                #expect(refusal?.message.contains("publickey") == true)
                #expect(refusal?.message.contains("privateKey") == true)
            }
        }
    }

    /// - Returns: what it is refused with; nil where the user is in.
    static func logIn(
        _ sshd: Sshd, _ credentials: Destination.Credentials, agent: String? = nil
    ) async -> PluginFailure? {
        await failure {
            let key = try #require(sshd.hostKeys["ed25519"])
            let destination = Destination(
                host: "127.0.0.1", port: sshd.port, user: Sshd.user, credentials: credentials,
                trust: .pinned(key.fingerprint), timeout: .seconds(60), jumps: [])
            let session = try SSHSession(destination, number: 1, agent: agent, idleTime: .seconds(60))
            try await session.connect()
            let answers = try await session.ask([.realPath(".")])
            guard case .names? = answers.first else { throw PeerFailure("no SFTP") }
            await session.close()
        }
    }
}
