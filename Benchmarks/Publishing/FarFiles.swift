import Foundation
import PluginKit
import SFTPPublisher
import TestPeers

/// The same files for one sshd: as deliveries, as a batch of `sftp`, and as one `scp` for each certificate.
struct FarFiles {
    private static let sftp = PeerProgram("sftp", package: "openssh-client")
    private static let scp = PeerProgram("scp", package: "openssh-client")
    private static let size = 4 << 10
    private static let files: [(name: String, content: Artifact.Content)] = [
        ("fullchain.pem", .fullchain), ("privkey.pem", .privateKey), ("chain.pem", .chain),
    ]

    let sshd: Sshd
    private let key: SSHKeyPair
    private let hostKey: String
    private let directory: URL

    init(_ sshd: Sshd, _ key: SSHKeyPair, in directory: URL) throws {
        guard let host = sshd.hostKeys.values.first else { throw PeerFailure("The server has no host key.") }
        (self.sshd, self.key, self.directory) = (sshd, key, directory)
        hostKey = host.fingerprint
        for file in Self.files {
            try Data(Self.content(0)).write(to: directory.appending(path: file.name))
        }
    }

    func withPublisher(_ body: (any Publisher) async throws -> Void) async throws {
        let backend = SFTPPublisher.backend(home: directory.path, agent: nil)
        do {
            try await body(try await backend.make(Options(), .measured))
            await backend.close()
        } catch {
            await backend.close()
            throw error
        }
    }

    // MARK: Ours

    /// - Parameter port: of the server, or of what stands before it.
    func deliveries(_ count: Int, _ version: Int, verifying: Bool, by port: Int) -> [Delivery] {
        let secret = Secret(text: (try? key.text) ?? "")
        let artifacts = Self.files.map {
            Artifact(content: $0.content, digest: Data("\(version)".utf8), bytes: Secret(Self.content(version)))
        }
        return (1...count).map { number in
            let name = "www-\(number).example.com"
            let facts = VersionFacts(
                certificate: name, number: version, subjects: [name],
                fingerprint: Fingerprint(sha256: Data(repeating: UInt8(truncatingIfNeeded: version), count: 32)),
                serial: "01", notBefore: Date(timeIntervalSince1970: 1_800_000_000 + Double(version) * 600),
                notAfter: Date(timeIntervalSince1970: 1_900_000_000))
            let options = Options([
                "host": .text("127.0.0.1"), "port": .integer(port), "user": .text(Sshd.user),
                "privateKey": .secret(secret), "hostKey": .text(hostKey), "verify": .flag(verifying),
                "directory": .text("\(sshd.data.path)/ours/\(name)"), "layout": .text("versioned"),
                "files": .list(
                    Self.files.enumerated().map { index, file in
                        .group(Options(["name": .text(file.name), "content": .artifact(index, file.content)]))
                    }),
            ])
            return Delivery(
                id: String(format: "%016x%016x", version, number), version: facts, target: "far", options: options,
                artifacts: artifacts, deadline: Date(timeIntervalSinceNow: 3600))
        }
    }

    /// What a durable publication of as many can't do without on this disk: four new files and three directories synced
    /// for each, here, with nothing else done.
    func syncs(_ count: Int) throws -> Duration {
        let place = directory.appending(path: "syncs-\(UUID().uuidString)").path
        let bytes = Self.content(0)
        let start = ContinuousClock.now
        for number in 0...count {
            let parent = number == 0 ? place : "\(place)/\(number)"
            guard mkdir(parent, 0o700) == 0 else { throw PeerFailure("\(parent) can't be made.") }
            guard number > 0 else { continue }
            for file in 1...4 { try Self.sync("\(parent)/\(file)", O_CREAT | O_WRONLY, bytes) }
            for directory in [parent, place, place] { try Self.sync(directory, O_RDONLY, []) }
        }
        return ContinuousClock.now - start
    }

    private static func sync(_ path: String, _ flags: Int32, _ bytes: [UInt8]) throws {
        let file = open(path, flags | O_CLOEXEC, 0o600)
        defer { close(file) }
        guard file >= 0, write(file, bytes, bytes.count) == bytes.count || bytes.isEmpty, fsync(file) == 0 else {
            throw PeerFailure("\(path): \(String(cString: strerror(errno)))")
        }
    }

    private static func content(_ version: Int) -> [UInt8] {
        [UInt8](repeating: 65 + UInt8(truncatingIfNeeded: version % 26), count: size)
    }

    // MARK: Theirs

    /// Made before anything is measured: only ours makes one for each certificate.
    func makeDirectories(_ count: Int) throws {
        let all = ["\(sshd.data.path)/ours"] + (1...count).map(theirs)
        for path in all {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            chown(path, Sshd.number, Sshd.number)
        }
    }

    /// All files over one connection.
    func batch(_ count: Int, by port: Int) throws -> Duration {
        let lines = (1...count).flatMap { number in
            Self.files.map { "put \(directory.path)/\($0.name) \(theirs(number))/\($0.name)\n" }
        }
        let batch = directory.appending(path: "batch-\(count)")
        try lines.joined().write(to: batch, atomically: true, encoding: .utf8)
        return try run(Self.sftp, ["-q", "-b", batch.path, "-P", "\(port)"] + login + ["\(Sshd.user)@127.0.0.1"])
    }

    /// A connection for each certificate, as a hook of a shell makes it.
    func copies(_ count: Int) throws -> Duration {
        let sources = Self.files.map { "\(directory.path)/\($0.name)" }
        return try (1...count).reduce(.zero) { sum, number in
            let target = "\(Sshd.user)@127.0.0.1:\(theirs(number))/"
            return sum + (try run(Self.scp, ["-q", "-P", "\(sshd.port)"] + login + sources + [target]))
        }
    }

    private func theirs(_ number: Int) -> String { "\(sshd.data.path)/theirs/\(number)" }

    private var login: [String] {
        [
            "-F", "none", "-i", key.file.path, "-o", "IdentitiesOnly=yes", "-o", "StrictHostKeyChecking=no",
            "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", "-o", "BatchMode=yes",
        ]
    }

    private func run(_ program: PeerProgram, _ arguments: [String]) throws -> Duration {
        let log = directory.appending(path: "theirs.log").path
        return try MeasuredRun.run(try program.path(), arguments, environment: ["PATH": "/usr/bin:/bin"], log: log).wall
    }
}
