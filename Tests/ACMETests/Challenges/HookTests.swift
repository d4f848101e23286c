import Foundation
import PluginKit
import TestPeers
import Testing

@testable import ACME

@Suite("dns-01 by a program of the operator's")
struct HookTests {
    /// Writes down its arguments and the variables of certbot's convention, one call after the other.
    private static let script = """
        #!/bin/sh
        {
          for argument in "$@"; do printf 'argument=%s\\n' "$argument"; done
          env | grep '^CERTBOT_' | sort
          echo end
        } >> "$0.log"
        echo "said by the hook"

        """

    private func write(_ text: String, to file: URL) throws {
        try text.write(to: file, atomically: false, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
    }

    private func options(_ hook: [String], _ more: [String: Options.Value] = [:]) -> Options {
        var group: [String: Options.Value] = [
            "hook": .list(hook.map { .text($0) }), "checkPropagation": .flag(false),
            // Nobody listens there: aliases can't be seen, and names are taken as they are.
            "resolver": .text("127.0.0.1:1"),
        ]
        group.merge(more) { $1 }
        return Options(["dns01": .list([.group(Options(group))])])
    }

    /// Presents and cleans up; what the hook wrote down.
    private func calls(
        _ convention: String?, subject: String, cleanUp: Bool = false, _ check: (Challenge, [String]) throws -> Void
    ) async throws {
        try await withTemporaryDirectory { directory in
            let hook = directory.appending(path: "hook")
            let cleaner = directory.appending(path: "cleaner")
            try write(Self.script, to: hook)
            try write(Self.script.replacing("$0.log", with: "\(hook.path).log"), to: cleaner)
            let bench = ChallengeBench()
            var more: [String: Options.Value] = [:]
            if let convention { more["hookConvention"] = .text(convention) }
            if cleanUp { more["cleanupHook"] = .list([.text(cleaner.path), .text("mine")]) }
            let solver = try await bench.solver(options([hook.path, "mine"], more), .dns01, subject)
            let challenge = ChallengeBench.challenge(.dns01, subject, token: "-token-that-looks-like-an-option")
            let handle = try await solver.present(challenge, bench.journal)
            #expect(bench.journal.handles.last == handle)
            #expect(try await solver.propagated(challenge, handle))
            let unknown = Challenge(form: .dns01, subject: "", token: "", keyAuthorization: "")
            try await ChallengeBench().solver(options([hook.path, "mine"], more), .dns01, subject)
                .cleanUp(unknown, bench.journal.handles.last ?? handle)
            let log = try String(contentsOf: URL(filePath: hook.path + ".log"), encoding: .utf8)
            try check(challenge, log.split(separator: "\n").map(String.init))
            await bench.listeners.close()
        }
    }

    @Test("lego's exec: the verb, the record's name with its dot, and its value")
    func lego() async throws {
        try await calls(nil, subject: "*.example.test") { challenge, log in
            let rest = [
                "argument=_acme-challenge.example.test.", "argument=\(ChallengeBench.recordValue(challenge))", "end",
            ]
            #expect(
                log == ["argument=mine", "argument=present"] + rest + ["argument=mine", "argument=cleanup"] + rest)
        }
    }

    @Test("lego's exec in raw mode: the domain, the token and the key authorization behind two dashes")
    func legoRaw() async throws {
        try await calls("lego-raw", subject: "*.example.test") { challenge, log in
            let rest = [
                "argument=--", "argument=example.test", "argument=\(challenge.token)",
                "argument=\(challenge.keyAuthorization)", "end",
            ]
            #expect(
                log == ["argument=mine", "argument=present"] + rest + ["argument=mine", "argument=cleanup"] + rest)
        }
    }

    @Test("certbot's hooks: all in variables, and what the first said for the second")
    func certbot() async throws {
        try await calls("certbot", subject: "*.example.test", cleanUp: true) { challenge, log in
            let variables = [
                "CERTBOT_ALL_DOMAINS=example.test", "CERTBOT_DOMAIN=example.test", "CERTBOT_REMAINING_CHALLENGES=0",
                "CERTBOT_VALIDATION=\(ChallengeBench.recordValue(challenge))",
            ]
            #expect(
                log == ["argument=mine"] + variables + ["end", "argument=mine"] + ["CERTBOT_ALL_DOMAINS=example.test"]
                    + ["CERTBOT_AUTH_OUTPUT=said by the hook"] + variables.dropFirst() + ["end"])
        }
    }

    @Test("certbot's convention without a second hook cleans nothing up")
    func certbotAlone() async throws {
        try await calls("certbot", subject: "www.example.test") { _, log in
            #expect(log.filter { $0 == "end" }.count == 1)
        }
    }

    @Test("a hook that fails says so, without the key authorization")
    func failure() async throws {
        try await withTemporaryDirectory { directory in
            let hook = directory.appending(path: "hook")
            try write("#!/bin/sh\nprintf 'no such\\033[31m zone: %s\\n' \"$*\"\nexit 3\n", to: hook)
            let bench = ChallengeBench()
            let solver = try await bench.solver(
                options([hook.path], ["hookConvention": .text("lego-raw")]), .dns01, "www.example.test")
            let challenge = ChallengeBench.challenge(.dns01, "www.example.test")
            let failure = await ChallengeBench.expect(.transient, "acme.hook-failed") {
                try await solver.present(challenge, bench.journal)
            }
            let message = try #require(failure?.message)
            #expect(message.contains("status 3") && message.contains("no such [31m zone"))
            #expect(!message.contains(challenge.token) && !message.contains("\u{1B}"))
            await bench.listeners.close()
        }
    }

    @Test("a hook that is missing is a matter of the profile")
    func missing() async throws {
        let bench = ChallengeBench()
        let solver = try await bench.solver(options(["/nowhere/hook"]), .dns01, "www.example.test")
        let challenge = ChallengeBench.challenge(.dns01, "www.example.test")
        do {
            _ = try await solver.present(challenge, bench.journal)
            Issue.record("a missing hook was run")
        } catch let failure as PluginFailure {
            #expect(failure.kind == .configuration)
        }
        await bench.listeners.close()
    }

    @Test("what a hook says is kept up to 8 KiB, in whole characters")
    func output() throws {
        let challenge = try CheckedChallenge(ChallengeBench.challenge(.dns01, "example.test"), .dns01)
        var call = HookCall(challenge, name: try #require(DNSName("_acme-challenge.example.test")), by: .certbot)
        call.keep(output: " \n" + String(repeating: "ä", count: 9000) + "\0\n")
        #expect(call.output == String(repeating: "ä", count: 4096))
        call.keep(output: "\n a\0b \n")
        #expect(call.output == "ab")
    }

    @Test("a hook's record is looked for at the zone's servers, and lego's name follows aliases")
    func propagation() async throws {
        let key = Named.Key("acme-key")
        let zones = [
            Named.Zone("example.test", ["_acme-challenge.www IN CNAME www.delegated.test."]),
            Named.Zone("delegated.test", updates: ["grant acme-key zonesub TXT"]),
        ]
        try await withTemporaryDirectory { directory in
            try await Named.withRunning(zones, keys: [key], in: directory) { server in
                let hook = directory.appending(path: "hook")
                let update = """
                    #!/bin/sh
                    [ "$1" = present ] && verb=add || verb=delete
                    nsupdate -y "\(key.algorithm):\(key.name):\(key.secret)" <<END
                    server 127.0.0.1 \(server.port)
                    update $verb $2 60 TXT "$3"
                    send
                    END

                    """
                try write(update, to: hook)
                let bench = ChallengeBench()
                let solver = try await bench.solver(
                    options([hook.path], ["checkPropagation": .flag(true), "resolver": .text(server.place)]), .dns01,
                    "www.example.test")
                let challenge = ChallengeBench.challenge(.dns01, "www.example.test")
                let handle = try await solver.present(challenge, bench.journal)
                let value = "\"\(ChallengeBench.recordValue(challenge))\""
                #expect(try await server.records("TXT", of: "www.delegated.test") == [value])
                #expect(try await solver.propagated(challenge, handle))
                try await solver.cleanUp(challenge, handle)
                #expect(try await server.records("TXT", of: "www.delegated.test").isEmpty)
                #expect(try await !solver.propagated(challenge, handle))
                await bench.listeners.close()
            }
        }
    }
}
