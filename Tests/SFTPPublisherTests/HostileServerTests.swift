import FileContract
import Foundation
import PluginKit
import TestPeers
import Testing

@testable import SFTPPublisher

@Suite("SFTP servers that break the protocol")
struct HostileServerTests {
    /// What it says after it was greeted, as printf has it.
    static let answers = [
        "something else altogether", "\\0\\0\\0\\0", "\\377\\377\\377\\377\\2\\0\\0\\0\\3",
        "\\0\\0\\0\\5\\2\\0\\0\\0\\4", "\\0\\0\\0\\2\\2\\0", "\\0\\0\\0\\13\\2\\0\\0\\0\\3\\377\\377\\377\\377\\1\\1",
        // A status of a request that nobody asked.
        "\\0\\0\\0\\5\\2\\0\\0\\0\\3\\0\\0\\0\\11\\145\\377\\377\\377\\377\\0\\0\\0\\0",
        // Data in place of attributes, and a name that is longer than its packet.
        "\\0\\0\\0\\5\\2\\0\\0\\0\\3\\0\\0\\0\\12\\147\\0\\0\\0\\0\\0\\0\\0\\1x",
        "\\0\\0\\0\\5\\2\\0\\0\\0\\3\\0\\0\\0\\15\\150\\0\\0\\0\\0\\0\\0\\0\\1\\377\\377\\377\\377",
        // Attributes with endless extensions.
        "\\0\\0\\0\\5\\2\\0\\0\\0\\3\\0\\0\\0\\15\\151\\0\\0\\0\\0\\200\\0\\0\\0\\377\\377\\377\\377",
    ]

    @Test("are left at once, with a failure that says so, and without a trap", arguments: answers)
    func protocolViolations(answer: String) async throws {
        try await Bench.with(Self.settings(saying: answer)) { bench in
            let refusal = await failure { try await bench.inspected() }
            #expect(refusal?.kind == .transient)
            #expect(refusal?.code == "sftp.protocol", "\(refusal?.message ?? "-")")
            #expect(bench.pool.count == 0)
        }
    }

    private static func settings(saying answer: String) -> Sshd.Settings {
        var settings = Sshd.Settings()
        settings.subsystem = "\"$1\""
        settings.before = """
            printf '#!/bin/sh\\nhead -c 9 >/dev/null\\nprintf "%s"\\nexec cat >/dev/null\\n' '\(answer)' >"$1/hostile"
            chmod 0755 "$1/hostile"
            sed -i "s|^Subsystem .*|Subsystem sftp $1/hostile|" "$1/sshd_config"
            """
        return settings
    }

    @Test("a list of names that goes on without any is no list")
    func emptyNames() async throws {
        // A directory, a handle for it, and two answers without a name.
        let answer =
            "\\0\\0\\0\\5\\2\\0\\0\\0\\3\\0\\0\\0\\15\\151\\0\\0\\0\\0\\0\\0\\0\\4\\0\\0\\101\\355"
            + "\\0\\0\\0\\12\\146\\0\\0\\0\\1\\0\\0\\0\\1h\\0\\0\\0\\11\\150\\0\\0\\0\\2\\0\\0\\0\\0"
            + "\\0\\0\\0\\11\\150\\0\\0\\0\\3\\0\\0\\0\\0"
        try await Bench.with(Self.settings(saying: answer)) { bench in
            let target = try bench.target
            let refusal = await failure {
                try await bench.pool.withSession(with: target.destination) { session in
                    let tree = SFTPTree(
                        root: "/data", manner: target.manner, session: session, destination: target.destination)
                    return try await tree.names(in: "")
                }
            }
            #expect(refusal?.code == "sftp.protocol", "\(refusal?.message ?? "-")")
            #expect(refusal?.message.contains("no names") == true, "\(refusal?.message ?? "-")")
        }
    }

    @Test("no bytes whatever make the reader of answers trap")
    func noise() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<20_000 {
            var packet = (0..<Int.random(in: 0...80)).map { _ in UInt8.random(in: 0...255, using: &generator) }
            if let first = packet.indices.first {
                packet[first] = UInt8([101, 102, 103, 104, 105, 201].randomElement() ?? 0)
            }
            _ = try? SFTPAnswer.read(packet[...])
            _ = HostKey(blob: packet)
        }
    }
}
