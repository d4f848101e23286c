import Foundation

/// OpenSSH's server on a loopback port, with its own users, keys and configuration.
///
/// It runs in a mount namespace of its own, where the system's users are joined by `deploy`, whose password and home are
/// the test's. That takes root.
public struct Sshd: Sendable {
    public static let program = PeerProgram("sshd", package: "openssh-server")
    public static let keygen = PeerProgram("ssh-keygen", package: "openssh-client")
    private static let unshare = PeerProgram("unshare", package: "util-linux")

    public static let user = "deploy"
    public static let password = "correct horse battery"
    /// Of `user` and its group.
    public static let number: UInt32 = 4242

    public struct Settings: Sendable {
        /// The types of its host keys, as ssh-keygen names them.
        public var hostKeys = ["ed25519"]
        /// Lines of sshd_config that come first, and so count.
        public var lines: [String] = []
        /// Where it listens besides 127.0.0.1, at the same port: other addresses of loopback.
        public var addresses: [String] = []
        /// What `sftp` starts.
        public var subsystem = "internal-sftp"
        /// Commands of a shell that run before it starts, in its namespace; `$1` is its directory.
        public var before = ""

        public init() {}
    }

    public let port: Int
    /// Of the user: may be read, written and entered.
    public let data: URL
    public let hostKeys: [String: SSHKeyPair]
    private let directory: URL

    /// Runs it beside `body`.
    /// - Parameter keys: who holds one of them is let in, as any user.
    public static func withRunning<Result: Sendable>(
        _ settings: Settings = Settings(), letting keys: [SSHKeyPair], in directory: URL,
        isolation: isolated (any Actor)? = #isolation, _ body: (Sshd) async throws -> Result
    ) async throws -> Result {
        guard geteuid() == 0 else {
            throw PeerFailure("`sshd` with users of its own needs root: run the tests as root.")
        }
        let path = try program.path()
        return try await FreePort.start { port in
            let home = directory.appending(path: "sshd-\(port)")
            let data = home.appending(path: "data")
            try FileManager.default.createDirectory(at: data, withIntermediateDirectories: true)
            chmod(directory.path, 0o711)
            chmod(home.path, 0o755)
            chown(data.path, number, number)
            var hostKeys: [String: SSHKeyPair] = [:]
            for type in settings.hostKeys {
                hostKeys[type] = try await SSHKeyPair.make(type, named: "host-\(type)", in: home)
            }
            try write(keys.map(\.line).joined(separator: "\n") + "\n", to: home, "authorized_keys")
            try await writeUsers(home)
            let files = hostKeys.values.map { "HostKey \($0.file.path)" }
            let lines =
                settings.lines + files + settings.addresses.map { "ListenAddress \($0):\(port)" } + [
                    "ListenAddress 127.0.0.1:\(port)", "PidFile none", "UsePAM no", "StrictModes no",
                    "AuthorizedKeysFile \(home.path)/authorized_keys", "PermitRootLogin yes", "MaxStartups 200",
                    "MaxSessions 64", "PrintMotd no", "Subsystem sftp \(settings.subsystem)",
                ]
            try write(lines.joined(separator: "\n") + "\n", to: home, "sshd_config")
            let script = """
                set -e
                mount -t tmpfs -o mode=0755 tmpfs /run
                mkdir -m 0755 /run/sshd
                # Not file by file: one that is replaced on the machine meanwhile would come through again.
                mkdir -p /run/etc/upper/pam.d /run/etc/work
                for file in passwd group shadow; do cp "$1/$file" /run/etc/upper/; done
                cp "$1/pam" /run/etc/upper/pam.d/sshd
                mount -t overlay -o lowerdir=/etc,upperdir=/run/etc/upper,workdir=/run/etc/work overlay /etc
                \(settings.before)
                exec \(path) -D -e -f "$1/sshd_config"
                """
            let arguments = ["-m", "--propagation", "private", "/bin/sh", "-c", script, "sshd", home.path]
            let place = Loopback(address: "127.0.0.1", port: port)
            let sshd = Sshd(port: port, data: data, hostKeys: hostKeys, directory: home)
            return try await unshare.serve(arguments, in: home, until: { place?.accepts ?? false }) {
                try await body(sshd)
            }
        }
    }

    /// The line of known_hosts for one of its host keys.
    public func knownHosts(_ hosts: String? = nil, type: String = "ed25519") throws -> String {
        guard let key = hostKeys[type] else { throw PeerFailure("The server has no host key of type \(type).") }
        return "\(hosts ?? "[127.0.0.1]:\(port)") \(key.line)\n"
    }

    /// What it wrote to its log so far.
    public var log: String {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []
        return names.filter { $0.hasSuffix(".log") }
            .compactMap { try? String(contentsOf: directory.appending(path: $0), encoding: .utf8) }.joined()
    }

    private static func writeUsers(_ home: URL) async throws {
        let hash = try await PeerProgram("openssl", package: "openssl")
            .run(["passwd", "-6", "-salt", "certflow", password], in: home)
            .trimmingCharacters(in: .whitespacesAndNewlines)
        let passwd = try String(contentsOfFile: "/etc/passwd", encoding: .utf8)
        let group = try String(contentsOfFile: "/etc/group", encoding: .utf8)
        let shadow = (try? String(contentsOfFile: "/etc/shadow", encoding: .utf8)) ?? ""
        try write(passwd + "\(user):x:\(number):\(number)::\(home.path)/data:/bin/sh\n", to: home, "passwd")
        try write(group + "\(user):x:\(number):\n", to: home, "group")
        try write(shadow + "\(user):\(hash):20000:0:99999:7:::\n", to: home, "shadow")
        try write("auth required pam_unix.so nodelay\naccount required pam_permit.so\n", to: home, "pam")
    }

    private static func write(_ text: String, to directory: URL, _ name: String) throws {
        try text.write(to: directory.appending(path: name), atomically: true, encoding: .utf8)
    }
}

/// A key pair that ssh-keygen made.
public struct SSHKeyPair: Sendable {
    /// The private key; the public one is beside it under `.pub`.
    public let file: URL
    /// Type and key, as in authorized_keys, without the comment.
    public let line: String
    /// `SHA256:` and base64.
    public let fingerprint: String

    /// - Parameters:
    ///   - type: `ed25519`, `ecdsa`, `rsa`.
    ///   - options: more of ssh-keygen's: `-m PEM`.
    public static func make(
        _ type: String, named name: String, passphrase: String = "", _ options: [String] = [], in directory: URL
    ) async throws -> SSHKeyPair {
        let file = directory.appending(path: name)
        try await Sshd.keygen.run(
            ["-q", "-t", type, "-N", passphrase, "-C", "test", "-f", file.path] + options, in: directory)
        let line = try String(contentsOf: file.appendingPathExtension("pub"), encoding: .utf8)
            .split(separator: " ").prefix(2).joined(separator: " ")
        let shown = try await Sshd.keygen.run(["-l", "-f", file.path + ".pub"], in: directory)
        guard let fingerprint = shown.split(separator: " ").dropFirst().first else {
            throw PeerFailure("ssh-keygen shows no fingerprint: \(shown)")
        }
        return SSHKeyPair(file: file, line: line, fingerprint: String(fingerprint))
    }

    public var text: String { get throws { try String(contentsOf: file, encoding: .utf8) } }
}
