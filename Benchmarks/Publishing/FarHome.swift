import Foundation
import TestPeers

/// One sshd, and the addresses at which it passes for as many machines.
struct FarServer: Sendable {
    let sshd: Sshd
    let addresses: [String]
}

/// A home whose certificates are published to many machines.
struct FarHome {
    private struct Target {
        var name: String
        var address: String
        var server: Sshd

        func directory(of certificate: String) -> String { "\(server.data.path)/\(certificate)-\(name)" }
    }

    private let program: String
    private let targets: [Target]
    private let directory: URL
    private var path: String { directory.appending(path: "home").path }

    init(program: String, servers: [FarServer], in directory: URL) {
        (self.program, self.directory) = (program, directory)
        let places = servers.flatMap { server in server.addresses.map { ($0, server.sshd) } }
        targets = places.enumerated().map { Target(name: "t\($0)", address: $1.0, server: $1.1) }
    }

    /// All of 127.0.0.0/8 is this machine.
    static func addresses(_ count: Int) -> [String] { (0..<count).map { "127.0.\(1 + $0 / 250).\(1 + $0 % 250)" } }

    /// Applies `alone`, published to all, and `beside`, published to one more that never says a word.
    func make(_ key: SSHKeyPair, hangingAt port: Int) throws {
        try run(["init"])
        try run(["secret", "set", "key", "--file", key.file.path])
        let hanging =
            "  - {name: hanging, host: 127.0.0.1, port: \(port), hostKey: \(key.fingerprint), directory: /none}\n"
        for (name, more) in [("alone", ""), ("beside", hanging)] {
            let profile = """
                profile: \(name)
                publisher: sftp
                with:
                  user: \(Sshd.user)
                  privateKey: {secret: key}
                  timeout: 20s
                  layout: versioned
                  files:
                    - {name: fullchain.pem, content: fullchain}
                    - {name: privkey.pem, content: privateKey}
                targets:

                """
            let lines = try targets.map { target in
                guard let host = target.server.hostKeys.values.first else { throw PeerFailure("No host key.") }
                return "  - {name: \(target.name), host: \(target.address), port: \(target.server.port), "
                    + "hostKey: \(host.fingerprint), directory: \(target.directory(of: name))}\n"
            }
            try (profile + lines.joined() + more).write(
                toFile: "\(path)/profiles/publishing/\(name).yaml", atomically: true, encoding: .utf8)
            let flow = """
                certificates:
                  - name: \(name)
                    subjects: [\(name).example.com]
                    issuer: local-authority
                    flow: {publication: {enabled: true, profiles: [\(name)]}}

                """
            try flow.write(toFile: "\(path)/\(name).yaml", atomically: true, encoding: .utf8)
            try run(["apply", "\(path)/\(name).yaml"])
        }
    }

    /// Renews it and publishes it everywhere.
    /// - Returns: how long after the start the last target that answers was switched, and the memory at the peak.
    func publish(_ name: String) throws -> (last: Duration, peak: Int) {
        try run(["renew", name, "--force"])
        let start = Date().timeIntervalSince1970
        let peak = try run(["publish", name], isWhole: name == "alone")
        let last = try targets.map { try switched("\($0.directory(of: name))/live") }.max() ?? 0
        return (.seconds(last - start), peak)
    }

    /// When a link was put there.
    private func switched(_ path: String) throws -> Double {
        var info = stat()
        guard lstat(path, &info) == 0 else { throw PeerFailure("\(path): \(String(cString: strerror(errno)))") }
        return Double(info.st_ctim.tv_sec) + Double(info.st_ctim.tv_nsec) / 1e9
    }

    /// - Parameter isWhole: whether all of it succeeds, not only some targets, which is status 3.
    @discardableResult
    private func run(_ arguments: [String], isWhole: Bool = true) throws -> Int {
        let words = isWhole ? [] : ["/bin/sh", "-c", "\"$@\"; test $? = 3", "sh"]
        let all = words + [program] + arguments
        return try MeasuredRun.run(
            all[0], Array(all.dropFirst()),
            environment: ["CERTFLOW_HOME": path, "PATH": "/usr/bin:/bin", "HOME": path],
            log: directory.appending(path: "certflow.log").path
        ).peak
    }
}
