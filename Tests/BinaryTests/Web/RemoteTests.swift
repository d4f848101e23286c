import Foundation
import TestPeers
import Testing

/// The command line beside a server elsewhere, which it reaches with a token alone.
@Suite("certflow --server", .timeLimit(.minutes(10)))
struct RemoteTests {
    private static let name = "www.example.test"

    /// A served home, and the program as it runs on another machine.
    private struct Scene {
        var served: ServedProgram
        var directory: URL
        /// With a token of an operator.
        var remote: BuiltProgram

        func remote(_ environment: [String: String]) -> BuiltProgram {
            BuiltProgram(
                home: directory.appending(path: "elsewhere/none"),
                environment: [
                    "CERTFLOW_SERVER": served.url, "CERTFLOW_TOKEN_FILE": token("operator"),
                    "CERTFLOW_CA_FILE": directory.appending(path: "root.pem").path,
                ].merging(environment) { $1 })
        }

        func token(_ role: String) -> String { directory.appending(path: "\(role).token").path }
    }

    @Test("what it tells is what the command line tells beside the home", arguments: ["table", "json"])
    func telling(format: String) async throws {
        try await withScene { scene in
            for command in [
                ["status"], ["status", Self.name], ["show", Self.name], ["history", Self.name],
                ["history", Self.name, "--limit", "2"], ["forecast", "--days", "400"], ["forecast", Self.name],
                ["explain", Self.name], ["forecast", Self.name, "--from", "2030-01-01T00:00:00Z"],
            ] {
                let arguments = command + ["--output", format]
                let here = try await scene.served.program.run(arguments)
                let there = try await scene.remote.run(arguments)
                #expect(here.status == 0 && there.status == 0, "\(command): \(there.errors)")
                #expect(Self.timeless(there.output) == Self.timeless(here.output), "\(command)")
                #expect(!there.output.isEmpty && there.errors == here.errors)
            }
        }
    }

    /// Without what the seconds between two commands change.
    private static func timeless(_ text: String) -> String {
        text.replacing(#/\d+ seconds?( ago)?|now|\d+ minutes?( ago)?/#, with: "…")
            .replacing(#/"(at|earliest|latest|due)" : "[^"]*"/#, with: "").replacing(
                #/ +|until \S+ \S+ \S+/#, with: " ")
    }

    @Test("flows, files and the audit trail are told as beside the home; a key never leaves by a token")
    func archives() async throws {
        try await withScene { scene in
            let auditor = scene.remote(["CERTFLOW_TOKEN_FILE": scene.token("auditor")])
            try await until("all versions are there") {
                try await scene.remote.run(["show", "api.example.test"]).output.contains("version 1")
            }
            for (remote, command) in [
                (scene.remote, ["flows"]), (scene.remote, ["flows", Self.name]),
                (scene.remote, ["export", Self.name, "--format", "fullchain"]),
                (scene.remote, ["export", Self.name, "--format", "chain", "--version", "1"]),
                (scene.remote, ["profile", "list"]), (scene.remote, ["profile", "show", "files", "--output", "json"]),
                (scene.remote, ["profile", "show", "local-authority"]), (scene.remote, ["profile", "check", "files"]),
                (scene.remote, ["profile", "check", "--offline", "--output", "json"]),
                (auditor, ["audit", "list"]), (auditor, ["audit", "list", "--output", "jsonl", "--limit", "3"]),
                (auditor, ["audit", "list", "--certificate", Self.name, "--since", "1h"]),
                (auditor, ["audit", "list", "--since", "1h", "--limit", "4", "--output", "json"]),
                (auditor, ["audit", "verify"]), (auditor, ["audit", "verify", "--output", "json"]),
            ] {
                let (here, there) = (try await scene.served.program.run(command), try await remote.run(command))
                #expect(here.status == 0 && there.status == 0, "\(command): \(there.errors)")
                #expect(there.output == here.output && !there.output.isEmpty, "\(command)")
            }
            let key = try await scene.remote.run(["export", Self.name, "--format", "privateKey"])
            #expect(key.status == 1 && key.output.isEmpty && key.errors.contains("never by a token"), "\(key.errors)")
            let file = scene.directory.appending(path: "elsewhere/chain.pem").path
            try await scene.remote.succeed("export", Self.name, "--format", "chain", "--out", file)
            #expect(try String(contentsOfFile: file, encoding: .utf8).hasPrefix("-----BEGIN CERTIFICATE-----"))
            let refused = try await scene.remote.run(["audit", "list"])
            #expect(refused.status == 1 && refused.errors.contains("does not allow"), "\(refused.errors)")
            let unknown = try await auditor.run(["audit", "list", "--certificate", "nosuch.test"])
            #expect(unknown.status == 1 && unknown.errors.contains("There is no certificate"), "\(unknown.errors)")
        }
    }

    @Test("files are applied elsewhere as here, once what makes people think is confirmed; certificates go")
    func applying() async throws {
        try await withScene { scene in
            let (remote, program) = (scene.remote, scene.served.program)
            let late = Self.flows.replacing(
                "renewal: {enabled: true, renew: before-expiration, days: 30}",
                with: "renewal: {enabled: true, renew: after-expiration, days: 1}")
            for format in ["table", "json"] {
                let arguments = ["apply", "-", "--dry-run", "--output", format]
                let here = try await program.run(arguments, input: late)
                let there = try await remote.run(arguments, input: late)
                #expect(here.status == 0 && there.status == 0, "\(there.errors)")
                // Warnings are told by the ids that confirm them where that is asked for.
                let ids = #/ \(www\.example\.test\/[a-z0-9-]+\)/#
                #expect(
                    Self.timeless(there.output.replacing(ids, with: "")) == Self.timeless(here.output), "\(format)")
                #expect(there.output.contains("outage-by-rule") && there.output.contains("Outage by rule."))
            }
            let unconfirmed = try await remote.run(["apply", "-"], input: late)
            let id = try #require(unconfirmed.errors.firstMatch(of: #/www\.example\.test\/outage-by-rule-\d+/#)?.output)
            #expect(unconfirmed.status == 1 && unconfirmed.errors.contains("--confirm"), "\(unconfirmed.errors)")
            #expect(try await !program.succeed("flows", Self.name).contains("after-expiration"))
            var confirmations: [String] = []
            for match in unconfirmed.errors.matches(of: #/\n(www\.example\.test\/[a-z0-9-]+): /#) {
                confirmations += ["--confirm", String(match.1)]
            }
            #expect(confirmations.contains(String(id)))
            let applied = try await remote.run(["apply", "-", "--reason", "from afar"] + confirmations, input: late)
            #expect(applied.status == 0 && applied.output.contains("Applied: 1 of 2."), "\(applied.errors)")
            #expect(try await program.succeed("flows", Self.name).contains("after-expiration"))
            #expect(try await remote.run(["apply", "-"], input: late).output.contains("Nothing to change."))
            let none = try await remote.run(["apply", "-"], input: "certificates: []\n")
            #expect(none.status == 0 && none.output == "Nothing to change.\n", "\(none.errors)")
            let wrong = late.replacing("issuer: local-authority", with: "issuer: nobody")
            let refused = try await remote.run(["apply", "-"], input: wrong)
            #expect(refused.status == 1 && refused.errors.contains("standard input:4:"), "\(refused.errors)")
            let file = scene.directory.appending(path: "elsewhere/flows.yaml")
            try Data("certificates: [".utf8).write(to: file)
            let broken = try await remote.run(["apply", file.path])
            #expect(broken.status == 1 && broken.errors.contains("flows.yaml:2:1"), "\(broken.errors)")
            #expect(try await remote.run(["remove", "api.example.test"]).output == "Removed api.example.test.\n")
            #expect(try await program.run(["show", "api.example.test"]).status == 1)
        }
    }

    @Test("acts are done by the server's runner, followed to their end, under the token's account")
    func acting() async throws {
        try await withScene { scene in
            let (remote, program) = (scene.remote, scene.served.program)
            let published = try await remote.succeed("publish", Self.name, "--reason", "from afar")
            #expect(published.contains("publishing version 1") && published.contains("not checked"))
            let renewed = try await remote.succeed("renew", Self.name)
            #expect(renewed.contains("version 2 issued") && renewed.contains("Next: \(Self.name) -> files/here"))
            let waiting = try await remote.run(["renew", Self.name])
            #expect(waiting.status == 1 && waiting.errors.contains("--force"), "\(waiting.errors)")
            let all = try await remote.succeed("renew", "--label", "team=web", "--force")
            #expect(all.contains("Next: ") && all.contains("version 3 issued"), "\(all)")
            let later = try await remote.succeed("publish", Self.name, "--at", "+2h")
            // Seconds may pass between the request and its answer.
            let told = later.contains(#/Europe\/Berlin \(in (2 hours|1 hour 59 minutes)/#)
            #expect(later.contains("will be published") && told, "\(later)")
            try await remote.succeed("publish", Self.name, "--target", "files/here")
            #expect(try await remote.succeed("rollback", Self.name, "--to", "1").contains("version 1"))
            #expect(try await remote.succeed("prove", Self.name).contains("version 1 is in place"))
            #expect(
                try await remote.succeed("pause", Self.name, "--until", "+1d").contains("Paused \(Self.name) until"))
            #expect(try await program.succeed("show", Self.name).contains("paused"))
            let resumed = try await remote.succeed("resume", "--label", "team=web")
            #expect(resumed.contains("Resumed") && resumed.contains("Released \(Self.name) -> files/here"))
            #expect(try await remote.succeed("resume", Self.name).contains("Nothing of it was paused"))
            let audit = try await program.succeed("audit", "list", "--output", "jsonl")
            let asked = audit.split(separator: "\n").filter { $0.contains("\"reason\":\"from afar\"") }
            #expect(asked.count == 1 && asked.allSatisfy { $0.contains("ada") }, "\(asked)")
        }
    }

    @Test("rehearsals are told as beside the home", arguments: ["table", "json"])
    func rehearsing(format: String) async throws {
        try await withScene { scene in
            let arguments = ["publish", Self.name, "--dry-run", "--output", format]
            let (here, there) = (
                try await scene.served.program.run(arguments), try await scene.remote.run(arguments)
            )
            #expect(here.status == 0 && there.status == 0, "\(there.errors)")
            #expect(Self.timeless(there.output) == Self.timeless(here.output) && there.output.contains("fullchain.pem"))
            let renewal = try await scene.remote.run(["renew", Self.name, "--rehearse"])
            #expect(renewal.status == 1 && renewal.errors.contains("no staging"), "\(renewal.output)\(renewal.errors)")
            #expect(try await scene.remote.succeed("show", Self.name).contains("version 1"))
        }
    }

    @Test("what is revoked elsewhere is told there, and its replacement followed")
    func revoked() async throws {
        try await withScene { scene in
            let told = try await scene.remote.succeed("revoked", Self.name, "--reason", "lost the key")
            #expect(told.contains("Noted: the current version of \(Self.name)") && told.contains("version 2 issued"))
            #expect(try await scene.served.program.succeed("history", Self.name).contains("lost the key"))
            let old = try await scene.remote.succeed("revoked", Self.name, "--version", "1")
            #expect(old.contains("not the current version"))
            let refused = try await scene.remote.run(["revoke", Self.name, "--reason", "superseded", "--yes"])
            #expect(refused.status == 1 && !refused.errors.contains("report it"), "\(refused.errors)")
        }
    }

    @Test("a failure at a target ends with 1, with its message and remedy")
    func failing() async throws {
        try await withScene { scene in
            try FileManager.default.removeItem(at: scene.directory.appending(path: "tls"))
            try Data("in the way".utf8).write(to: scene.directory.appending(path: "tls"))
            let outcome = try await scene.remote.run(["publish", Self.name])
            #expect(outcome.status == 1, "\(outcome.output)")
            #expect(outcome.errors.contains("\(Self.name) -> files/here: "), "\(outcome.errors)")
        }
    }

    @Test("an act whose answer is lost is sent again, and done once")
    func lostAnswer() async throws {
        try await withScene { scene in
            let port = try #require(scene.served.url.split(separator: ":").last.flatMap { Int($0) })
            try await Relay.withRunning(before: port) { relay in
                let remote = scene.remote(["CERTFLOW_SERVER": "https://localhost:\(relay.port)"])
                // In the handshake, in the answer to what is asked before the act, in the act's own.
                var resent = 0
                for length in stride(from: 1500, through: 4500, by: 250) {
                    let (before, accepted) = (try await Self.asked(scene), relay.accepted)
                    relay.behave(.init(fromServer: length), for: 1)
                    let outcome = try await remote.run(["pause", Self.name, "--reason", "cut at \(length)"])
                    relay.behave(.init(), for: .max)
                    let count = try await Self.asked(scene) - before
                    #expect(outcome.status == 0 ? count == 1 : count <= 1, "\(length): \(count) \(outcome.errors)")
                    if outcome.status != 0 { #expect(!outcome.errors.contains("report it"), "\(outcome.errors)") }
                    if outcome.status == 0, relay.accepted > accepted + 1 { resent += 1 }
                    try await scene.served.program.succeed("resume", Self.name)
                }
                #expect(resent > 0)
            }
        }
    }

    @Test("what was taken is followed on where the server does not answer for a while")
    func outage() async throws {
        try await withScene(reloadWaits: true) { scene in
            let port = try #require(scene.served.url.split(separator: ":").last.flatMap { Int($0) })
            try await Relay.withRunning(before: port) { relay in
                let remote = scene.remote(["CERTFLOW_SERVER": "https://localhost:\(relay.port)"])
                async let following = remote.run(["publish", Self.name])
                try await until("the publication has begun") {
                    let audit = try await scene.served.program.run(["audit", "list", "--output", "jsonl"]).output
                    return audit.contains("\"publication.begun\"")
                }
                let accepted = relay.accepted
                relay.behave(.init(fromServer: 1), for: .max)
                relay.cut()
                try await until("the server was asked in vain, twice") { relay.accepted >= accepted + 2 }
                relay.behave(.init(), for: .max)
                try Data().write(to: scene.directory.appending(path: "go"))
                let outcome = try await following
                #expect(outcome.status == 0 && outcome.output.contains("not checked"), "\(outcome.errors)")
                #expect(outcome.output.contains("does not answer; it is asked again"), "\(outcome.output)")
            }
        }
    }

    /// How many pauses the audit trail knows.
    private static func asked(_ scene: Scene) async throws -> Int {
        let audit = try await scene.served.program.succeed("audit", "list", "--output", "jsonl")
        return audit.split(separator: "\n").filter { $0.contains("\"kind\":\"flow.paused\"") }.count
    }

    @Test("it says what is wrong with server, token and rights, and what to do")
    func refusals() async throws {
        try await withScene { scene in
            func errors(_ environment: [String: String], _ arguments: String...) async throws -> String {
                let outcome = try await scene.remote(environment).run(arguments)
                #expect(outcome.status == (arguments.contains("--home") ? 2 : 1), "\(arguments): \(outcome.output)")
                return outcome.errors
            }
            let viewer = ["CERTFLOW_TOKEN_FILE": scene.token("viewer")]
            #expect(try await errors(viewer, "renew", Self.name).contains("does not allow"))
            #expect(try await errors([:], "show", "nosuch.test").contains("There is no certificate"))
            for name in ["..", ".", ""] {
                for command in [
                    "show", "status", "forecast", "history", "explain", "flows", "renew", "remove", "pause",
                ] {
                    let told = try await errors([:], command, name)
                    #expect(told.contains("There is no certificate \"\(name)\""), "\(command): \(told)")
                }
            }
            #expect(try await errors([:], "remove", "certflow-server").contains("serves with"))
            #expect(try await errors([:], "target", "list").contains("CERTFLOW_SERVER"))
            let folder = scene.directory.path
            #expect(try await errors(["CERTFLOW_TOKEN_FILE": folder], "status").contains("can't be read"))
            #expect(try await errors(["CERTFLOW_CA_FILE": folder + "/none.pem"], "status").contains("no certificates"))
            let plain = scene.served.url.replacing("https://", with: "http://")
            #expect(try await errors(["CERTFLOW_SERVER": plain], "status").contains("https://"))
            #expect(
                try await errors([:], "status", "--home", "x", "--server", "https://localhost").contains("--server"))
            #expect(try await errors(["CERTFLOW_TOKEN_FILE": ""], "status").contains("no token"))
            #expect(try await errors(["CERTFLOW_CA_FILE": ""], "status").contains("--ca-file"))
            #expect(try await errors(["CERTFLOW_SERVER": "http://certs.example"], "status").contains("http://"))
            #expect(try await errors(["CERTFLOW_SERVER": "certs.example"], "status").contains("https://"))
            let wrong = scene.directory.appending(path: "wrong.token")
            try Data("cf_unknown\n".utf8).write(to: wrong)
            let wrongly = ["CERTFLOW_TOKEN_FILE": wrong.path]
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: wrong.path)
            #expect(try await errors(wrongly, "status").contains("chmod 600"))
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: wrong.path)
            #expect(try await errors(wrongly, "status").contains("not known"))
        }
    }

    // MARK: Parts

    /// - Parameter reloadWaits: whether publications wait in their reload for a file `go`.
    private func withScene(reloadWaits: Bool = false, _ body: (Scene) async throws -> Void) async throws {
        try await withTemporaryDirectory { directory in
            let program = BuiltProgram(
                home: directory.appending(path: "home"), environment: ServedProgram.environment)
            try await program.succeed("init")
            let wait = "while [ ! -e \(directory.path)/go ]; do sleep 0.1; done"
            let reload = "reload: {command: [/bin/sh, -c, \"\(wait)\"], timeout: 120s}\n"
            try Data((Self.profile(directory) + (reloadWaits ? reload : "")).utf8).write(
                to: program.home.appending(path: "profiles/publishing/files.yaml"))
            for name in ["tls", "elsewhere"] {
                try FileManager.default.createDirectory(
                    at: directory.appending(path: name), withIntermediateDirectories: false)
            }
            try await ServedProgram.withRunning(program, log: directory.appending(path: "serve.log")) { served in
                try await program.succeed("apply", "-", input: Self.flows)
                let root = directory.appending(path: "root.pem").path
                try await program.succeed("issuer", "show", "local-authority", "--format", "pem", "--out", root)
                try await program.succeed("account", "add", "ada", "--role", "operator")
                try await program.succeed("account", "add", "olga", "--role", "auditor")
                for (role, name) in [("operator", "ada"), ("viewer", "ada"), ("auditor", "olga")] {
                    let file = directory.appending(path: "\(role).token")
                    let token = try await program.succeed("token", "issue", name, "--name", role, "--role", role)
                    try Data(token.utf8).write(to: file)
                    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
                }
                try await until("the first version is there") {
                    try await program.run(["show", Self.name]).output.contains("version 1")
                }
                var scene = Scene(served: served, directory: directory, remote: program)
                scene.remote = scene.remote([:])
                try await body(scene)
            }
        }
    }

    private static func profile(_ directory: URL) -> String {
        """
        profile: files
        publisher: filesystem
        with:
          directory: \(directory.path)/tls/{{certificate.name}}
          layout: versioned
          files:
            - {name: fullchain.pem, content: fullchain}
            - {name: privkey.pem, content: privateKey}
        targets: [{name: here}]

        """
    }

    /// Its window is one cell a week, three days away: nothing is published but by hand while the tests run.
    private static var flows: String {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "Europe/Berlin")
        formatter.dateFormat = "EEEE"
        let day = formatter.string(from: Date() + 3 * 86_400).lowercased()
        return """
            certificates:
              - name: \(name)
                subjects: [\(name), example.test]
                issuer: local-authority
                labels: {team: web}
                flow:
                  renewal: {enabled: true, renew: before-expiration, days: 30}
                  publication: {enabled: true, profiles: [files]}
                  window: {days: [\(day)], periods: ["00:00-04:00"], timeZone: Europe/Berlin}
              - name: api.example.test
                subjects: [api.example.test]
                issuer: local-authority

            """
    }
}
