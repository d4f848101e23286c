import ArgumentParser
import Foundation
import TestPeers

/// The built program with many targets at once: what memory it takes, and what one that hangs costs the others.
struct TargetsBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "targets", abstract: "One certificate to 200 machines over SSH at once, and to one that hangs.")

    @OptionGroup var scratch: ScratchOptions
    @Option(help: "How many machines: addresses of this one.") var count = 200
    @Option(help: "How often, in turns; the median counts.") var rounds = 7
    @Option(help: "The built program.") var program = WatchBenchmark.besideThis

    func run() async throws {
        try await scratch.withDirectory { path in
            Report.heading("One certificate to \(count) machines at once")
            let directory = URL(filePath: path)
            chmod(path, 0o711)
            let key = try await SSHKeyPair.make("ed25519", named: "user", in: directory)
            var settings = Sshd.Settings()
            settings.addresses = (1...count).map(FarHome.address)
            try await Sshd.withRunning(settings, letting: [key], in: directory) { sshd in
                try await Relay.withRunning(before: sshd.port) { relay in
                    relay.behave(.init(fromServer: 0, atLimit: .stall))
                    let home = FarHome(program: program, sshd: sshd, in: directory)
                    try home.make(count, key, hangingAt: relay.port)
                    try compare(home)
                }
            }
        }
    }

    private func compare(_ home: FarHome) throws {
        var (alone, beside, peaks): ([Duration], [Duration], [Int]) = ([], [], [])
        for _ in 0..<rounds {
            let run = try home.publish("alone", to: count)
            alone.append(run.last)
            peaks.append(run.peak)
            beside.append(try home.publish("beside", to: count).last)
        }
        guard let alone = alone.median, let beside = beside.median, let peak = peaks.max() else { return }
        Report.line(
            "memory at the peak", Report.megabytes(peak), asked: "100 MB", isMet: peak < 100_000_000,
            note: "all published after \(Report.seconds(alone))")
        let more = beside / alone - 1
        Report.line(
            "more time beside one that hangs", String(format: "%.1f %%", more * 100), asked: "1 %", isMet: more < 0.01,
            note: "until the last of the others: \(Report.seconds(beside)) against \(Report.seconds(alone))")
    }
}

/// A home whose certificates are published to many addresses of one sshd.
struct FarHome {
    private static let hang = "hang"

    let program: String
    let sshd: Sshd
    private let directory: URL
    private var path: String { directory.appending(path: "home").path }

    init(program: String, sshd: Sshd, in directory: URL) {
        (self.program, self.sshd, self.directory) = (program, sshd, directory)
    }

    /// All of 127.0.0.0/8 is this machine.
    static func address(_ number: Int) -> String { "127.0.1.\(number)" }

    func make(_ count: Int, _ key: SSHKeyPair, hangingAt port: Int) throws {
        try run(["init"])
        try run(["secret", "set", "key", "--file", key.file.path])
        guard let host = sshd.hostKeys.values.first else { throw PeerFailure("The server has no host key.") }
        let targets = (1...count).map { "  - {name: t\($0), host: \(Self.address($0))}\n" }.joined()
        for (name, more) in [("alone", ""), ("beside", "  - {name: \(Self.hang), host: 127.0.0.1, port: \(port)}\n")] {
            let profile = """
                profile: \(name)
                publisher: sftp
                with:
                  user: \(Sshd.user)
                  port: \(sshd.port)
                  privateKey: {secret: key}
                  hostKey: \(host.fingerprint)
                  timeout: 20s
                  directory: "\(sshd.data.path)/\(name)-{{target.name}}"
                  layout: versioned
                  files:
                    - {name: fullchain.pem, content: fullchain}
                    - {name: privkey.pem, content: privateKey}
                targets:

                """
            try (profile + targets + more).write(
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
    func publish(_ name: String, to count: Int) throws -> (last: Duration, peak: Int) {
        try run(["renew", name, "--force"])
        let start = Date().timeIntervalSince1970
        let peak = try run(["publish", name], isWhole: name == "alone")
        let last = try (1...count).map { try switched("\(sshd.data.path)/\(name)-t\($0)/live") }.max() ?? 0
        return (.seconds(last - start), peak)
    }

    /// When a link was put there.
    private func switched(_ path: String) throws -> Double {
        var info = stat()
        guard lstat(path, &info) == 0 else { throw PeerFailure("\(path): \(String(cString: strerror(errno)))") }
        return Double(info.st_ctim.tv_sec) + Double(info.st_ctim.tv_nsec) / 1e9
    }

    /// - Parameter isWhole: whether all of it succeeds, not only some targets.
    @discardableResult
    private func run(_ arguments: [String], isWhole: Bool = true) throws -> Int {
        let words = [program] + arguments
        let environment = ["CERTFLOW_HOME": path, "PATH": "/usr/bin:/bin", "HOME": path]
        let log = directory.appending(path: "certflow.log").path
        guard !isWhole else {
            return try MeasuredRun.run(program, arguments, environment: environment, log: log).peak
        }
        // Some targets failed: that is status 3.
        return try MeasuredRun.run(
            "/bin/sh", ["-c", "\"$@\"; test $? = 3", "sh"] + words, environment: environment, log: log
        ).peak
    }
}
