import Foundation
import GRDB
import TestPeers
import Testing

/// Commands that act by hand, with and without a living runner.
@Suite("acting by hand, from the command line")
struct ByHandTests {
    @Test("renew, publish, prove and roll back do their work where no runner lives, and what waits keeps its window")
    func withoutRunner() async throws {
        try await withHome(targets: ["a", "b"]) { certflow, tls in
            let renewed = try await certflow.succeed("renew", Self.name, "--reason", "the first")
            #expect(
                renewed.contains("version 1 issued") && renewed.contains("Next: \(Self.name) -> files/a: published "))
            #expect(Self.versions(tls, "a").isEmpty, "the window is closed")
            let waiting = try await certflow.run(["renew", Self.name])
            #expect(waiting.status == 1 && waiting.errors.contains("--force"))
            try await certflow.succeed("publish", Self.name)
            #expect(Self.versions(tls, "a").count == 1 && Self.versions(tls, "b").count == 1)
            try await certflow.succeed("prove", Self.name)
            let first = try Self.chain(tls, "a")
            try await certflow.succeed("renew", Self.name)
            try await certflow.succeed("publish", Self.name)
            #expect(try Self.chain(tls, "a") != first)
            try await certflow.succeed("rollback", Self.name)
            #expect(try Self.chain(tls, "a") == first)
            try await certflow.succeed("run")
            #expect(try Self.chain(tls, "a") == first, "held until the next version")
            let nothing = try await certflow.run(["rollback", Self.name])
            #expect(nothing.status == 1 && nothing.errors.contains("no earlier version"))
        }
    }

    @Test("what is asked for beside a living runner is done by it once, and its exit status is the answer")
    func besideRunner() async throws {
        try await withHome(targets: ["a", "b"]) { certflow, tls in
            try await Self.withRunner(certflow) { _ in
                let renewed = try await certflow.succeed("renew", Self.name, "--force")
                #expect(renewed.contains("Asked the runner") && renewed.contains("renewed"))
                try await certflow.succeed("publish", Self.name)
                #expect(Self.versions(tls, "a").count == 1)
                // Six at once: each is answered, and none issues twice what another asked for while it ran.
                let outcomes = try await withThrowingTaskGroup(of: Int.self) { group in
                    for _ in 0..<6 {
                        group.addTask { try await certflow.run(["renew", Self.name, "--force"]).status }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(outcomes == Array(repeating: 0, count: 6))
                let second = try await certflow.run(["run"])
                #expect(second.status == 1 && second.errors.contains("has a runner already"))
            }
            let version = try await Self.version(certflow)
            #expect((2...7).contains(version))
            #expect(try await certflow.succeed("run").contains("Nothing was due."), "nothing is asked for any more")
            #expect(try await Self.version(certflow) == version)
        }
    }

    @Test("where the runner dies that is followed, the command takes its place, and nothing is issued twice")
    func takingOver() async throws {
        // Nothing is due of itself: the runner may live a while before it stands still.
        let rules = Self.closedWindow + "\n      renewal: {enabled: false}"
        try await withHome(targets: ["a"], window: rules) { certflow, _ in
            let log = certflow.home.deletingLastPathComponent().appending(path: "renew.log")
            let asking =
                "CERTFLOW_HOME='\(certflow.home.path)' exec '\(try BuiltProgram.path())' renew \(Self.name) >'\(log.path)' 2>&1"
            func said() -> String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }
            try await Self.withRunner(certflow) { process in
                // It holds the home's lock and does nothing; nor does it hold the database, for then nobody could ask.
                try await until("the database is free beside the stopped runner") {
                    kill(process, SIGSTOP)
                    guard Self.standsStill(process) else { return false }
                    if Self.canBeWritten(certflow) { return true }
                    kill(process, SIGCONT)
                    return false
                }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        try await PeerProgram("sh", package: "dash").run(["-c", asking], in: certflow.home)
                    }
                    try await until("the runner was asked, the command said: \(said())") {
                        said().contains("Asked the runner")
                    }
                    kill(process, SIGKILL)
                    try await group.waitForAll()
                }
            }
            #expect(said().contains("version 1 issued"), "\(said())")
            #expect(try await Self.version(certflow) == 1)
        }
    }

    /// Whether each of its threads has stopped: one that runs on for a moment could still begin to write.
    private static func standsStill(_ process: pid_t) -> Bool {
        let tasks = URL(filePath: "/proc/\(process)/task")
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: tasks.path)) ?? []
        return !threads.isEmpty
            && threads.allSatisfy { thread in
                let line = try? String(contentsOf: tasks.appending(path: "\(thread)/stat"), encoding: .utf8)
                // proc(5): the state follows the program's name, which stands in parentheses.
                return line?.split(separator: ")").last?.hasPrefix(" T") ?? true
            }
    }

    private static func canBeWritten(_ certflow: BuiltProgram) -> Bool {
        var settings = Configuration()
        settings.busyMode = .immediateError
        let path = certflow.home.appending(path: "certflow.db").path
        return (try? DatabaseQueue(path: path, configuration: settings))
            .flatMap { queue in try? queue.inDatabase { try $0.execute(sql: "BEGIN IMMEDIATE; ROLLBACK") } } != nil
    }

    @Test("a rollout goes on target by target by hand too, and stops where one fails")
    func rollout() async throws {
        try await withHome(targets: ["a", "b"], more: "rollout: {first: 1, then: 1}") { certflow, tls in
            try await certflow.succeed("renew", Self.name)
            // Nothing may be published below a file.
            let blocked = tls.appending(path: "a")
            try FileManager.default.removeItem(at: blocked)
            try Data().write(to: blocked)
            let outcome = try await certflow.run(["publish", Self.name])
            #expect(outcome.status == 1 && outcome.errors.contains("a target before it in the rollout failed"))
            #expect(Self.versions(tls, "b").isEmpty)
            let some = try await certflow.run(["publish", Self.name, "--target", "b", "--target", "a"])
            #expect(some.status == 1)
            try await certflow.succeed("publish", Self.name, "--target", "files/b")
            #expect(Self.versions(tls, "b").count == 1)
            try FileManager.default.removeItem(at: blocked)
            try FileManager.default.createDirectory(at: blocked, withIntermediateDirectories: false)
            try await certflow.succeed("publish", Self.name)
            #expect(Self.versions(tls, "a").count == 1)
        }
    }

    @Test("some targets failed is status 3")
    func someFailed() async throws {
        try await withHome(targets: ["a", "b"]) { certflow, tls in
            try await certflow.succeed("renew", Self.name)
            let blocked = tls.appending(path: "a")
            try FileManager.default.removeItem(at: blocked)
            try Data().write(to: blocked)
            let outcome = try await certflow.run(["publish", Self.name])
            #expect(outcome.status == 3, "\(outcome.errors)")
            #expect(Self.versions(tls, "b").count == 1)
        }
    }

    @Test("a publication for a time waits for it, and a pause starts nothing but what is asked for by hand")
    func timesAndPauses() async throws {
        try await withHome(targets: ["a"], window: "window: {days: all, periods: all, timeZone: Europe/Berlin}") {
            certflow, tls in
            try await certflow.succeed("pause", "--label", "team=web", "--reason", "change freeze", "--until", "+2h")
            try await certflow.succeed("renew", Self.name)
            try await certflow.succeed("run")
            #expect(Self.versions(tls, "a").isEmpty, "paused")
            let later = try await certflow.succeed("publish", Self.name, "--at", "+3h")
            #expect(later.contains("will be published"))
            try await certflow.succeed("resume", Self.name)
            try await certflow.succeed("run")
            #expect(Self.versions(tls, "a").isEmpty, "its time has not come")
            let past = try await certflow.run(["publish", Self.name, "--at", "2020-01-01 10:00"])
            #expect(past.status == 1 && past.errors.contains("is past"))
            try await certflow.succeed("publish", Self.name)
            #expect(Self.versions(tls, "a").count == 1)
            #expect(try await certflow.succeed("resume", "--label", "team=web").contains("Nothing of it was paused"))
        }
    }

    @Test("a target is cleaned of what certflow put there, and of nothing else, once it is managed no more")
    func cleaning() async throws {
        for layout in ["versioned", "flat"] {
            try await withHome(targets: ["a"], layout: layout) { certflow, tls in
                try await certflow.succeed("renew", Self.name)
                try await certflow.succeed("publish", Self.name)
                let place = tls.appending(path: "a/\(Self.name)")
                try Data("mine".utf8).write(to: place.appending(path: "notes.txt"))
                let used = try await certflow.run(["target", "clean", "files/a"])
                #expect(used.status == 1 && used.errors.contains("in use"))
                let held = try await certflow.run(["remove", Self.name])
                #expect(held.status == 1 && held.errors.contains("--retire"))
                try await certflow.succeed("remove", Self.name, "--retire")
                #expect(try await certflow.succeed("target", "list", "--output", "json").contains("\"retired\""))
                let cleaned = try await certflow.succeed("target", "clean", "files/a")
                #expect(cleaned.contains("removed \(place.path)/"))
                let left = try FileManager.default.subpathsOfDirectory(atPath: place.path).filter {
                    try place.appending(path: $0).resourceValues(forKeys: [.isDirectoryKey]).isDirectory == false
                }
                #expect(left == ["notes.txt"], "\(layout)")
                try await certflow.succeed("remove", Self.name)
            }
        }
    }

    @Test("a secret never stands in an argument or an answer, and lets what waits for it go on")
    func secrets() async throws {
        let more =
            "with: {directory: DIR, layout: versioned, files: [{name: all.p12, content: pkcs12, passphrase: {secret: p12}}]}"
        try await withHome(targets: [], more: more) { certflow, tls in
            try await certflow.succeed("renew", Self.name)
            let missing = try await certflow.run(["publish", Self.name])
            #expect(missing.status == 1 && missing.errors.contains("certflow secret set p12"))
            #expect(try await certflow.succeed("secret", "list").contains("missing"))
            let empty = try await certflow.run(["secret", "set", "p12"])
            #expect(empty.status == 1)
            try await certflow.succeed("secret", "set", "p12", input: "correct horse\n")
            let listed = try await certflow.succeed("secret", "list", "--output", "json")
            #expect(listed.contains("publishing/files") && !listed.contains("horse"))
            try await certflow.succeed("publish", Self.name)
            let bundle = tls.appending(path: "live/all.p12")
            let text = try await PeerProgram("openssl", package: "openssl").run(
                ["pkcs12", "-in", bundle.path, "-passin", "pass:correct horse", "-nokeys"], in: tls)
            #expect(text.contains("BEGIN CERTIFICATE"))
            let used = try await certflow.run(["secret", "remove", "p12"])
            #expect(used.status == 1 && used.errors.contains("publishing/files"))
            try await certflow.succeed("secret", "remove", "p12", "--force")
        }
    }

    @Test("all certificates with a label are renewed by one command, without a runner and beside one")
    func renewalsByLabel() async throws {
        try await withHome(targets: ["a"]) { certflow, _ in
            let more = ["a", "b"].map {
                "  - {name: \($0).example.com, subjects: [\($0).example.com], issuer: local-authority, "
                    + "labels: {team: mail}}\n"
            }
            try await certflow.succeed("apply", "-", input: "certificates:\n\(more.joined())")
            let first = try await certflow.succeed("renew", "--label", "team=mail")
            for name in ["a", "b"] { #expect(first.contains("\(name).example.com  version 1 issued"), "\(first)") }
            #expect(try await certflow.succeed("show", Self.name).contains("no version yet"))
            _ = try await certflow.staying(["run", "--watch"]) { _ in
                let second = try await certflow.succeed("renew", "--label", "team=mail", "--force")
                for name in ["a", "b"] {
                    #expect(second.contains("\(name).example.com  version 2 issued"), "\(second)")
                }
            }
            for name in ["a", "b"] {
                #expect(try await certflow.succeed("show", "\(name).example.com").contains("version 2"))
            }
            #expect(try await certflow.run(["renew"]).status == 2)
            #expect(try await certflow.run(["renew", "--label", "team=mail", "--rehearse"]).status == 2)
            let nobody = try await certflow.run(["renew", "--label", "team=sales"])
            #expect(nobody.status == 1 && nobody.errors.contains("No certificate has the label"))
        }
    }

    @Test("what is misspelt is answered with the nearest name, and a usage error is status 2")
    func names() async throws {
        try await withHome(targets: ["a"]) { certflow, _ in
            for arguments in [["renew"], ["publish"], ["rollback"], ["prove"], ["pause"], ["resume"], ["remove"]] {
                let outcome = try await certflow.run(arguments + ["www.exmaple.com"])
                #expect(
                    outcome.status == 1 && outcome.errors.contains("Did you mean \"\(Self.name)\"?"), "\(arguments)")
            }
            let target = try await certflow.run(["publish", Self.name, "--target", "fils/a"])
            #expect(target.status == 1 && target.errors.contains("Did you mean \"files/a\"?"))
            #expect(try await certflow.run(["publish", Self.name, "--at", "soon"]).status == 2)
            #expect(try await certflow.run(["pause", Self.name, "--label", "a=b"]).status == 2)
            let nowhere = BuiltProgram(home: certflow.home.appending(path: "none"))
            let missing = try await nowhere.run(["renew", Self.name])
            #expect(missing.status == 1 && missing.errors.contains("There is no home"))
        }
    }

    // MARK: A home

    static let name = "www.example.com"

    /// A home with one certificate whose window is closed now, published by "files" to `targets` below `tls`.
    private func withHome(
        targets: [String], layout: String = "versioned", more: String = "", window: String? = nil,
        _ body: (_ certflow: BuiltProgram, _ tls: URL) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { directory in
            let certflow = BuiltProgram(home: directory.appending(path: "home"))
            try await certflow.succeed("init")
            let tls = directory.appending(path: "tls")
            for target in targets {
                try FileManager.default.createDirectory(
                    at: tls.appending(path: target), withIntermediateDirectories: true)
            }
            try FileManager.default.createDirectory(at: tls, withIntermediateDirectories: true)
            let options = """
                with:
                  directory: \(tls.path)/{{target.name}}/{{certificate.name}}
                  layout: \(layout)
                  files:
                    - {name: fullchain.pem, content: fullchain}
                    - {name: privkey.pem, content: privateKey}
                targets:
                \(targets.map { "  - {name: \($0)}" }.joined(separator: "\n"))
                """
            let profile = """
                profile: files
                publisher: filesystem
                \(targets.isEmpty ? "" : options)
                \(more.replacing("DIR", with: tls.path))
                """
            try profile.write(
                to: certflow.home.appending(path: "profiles/publishing/files.yaml"), atomically: true, encoding: .utf8)
            try await certflow.succeed("apply", "-", input: Self.flows(window ?? Self.closedWindow))
            try await body(certflow, tls)
        }
    }

    private static func flows(_ window: String) -> String {
        """
        certificates:
          - name: \(name)
            subjects: [\(name)]
            issuer: local-authority
            labels: {team: web}
            flow:
              publication: {enabled: true, profiles: [files]}
              \(window)
        """
    }

    /// Four days from now, so that nothing runs by itself while a test does.
    private static var closedWindow: String {
        let days = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"]
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let today = calendar.component(.weekday, from: Date()) - 1
        return "window: {days: [\(days[(today + 4) % 7])], periods: all, timeZone: UTC}"
    }

    // MARK: Looking

    /// The versions that lie at a target.
    private static func versions(_ tls: URL, _ target: String) -> [String] {
        let place = tls.appending(path: "\(target)/\(name)/versions").path
        return (try? FileManager.default.contentsOfDirectory(atPath: place)) ?? []
    }

    private static func chain(_ tls: URL, _ target: String) throws -> Data {
        try Data(contentsOf: tls.appending(path: "\(target)/\(name)/live/fullchain.pem"))
    }

    private static func version(_ certflow: BuiltProgram) async throws -> Int {
        struct Status: Decodable { var version: Int }
        let text = try await certflow.succeed("status", "--output", "json")
        return try #require(JSONDecoder().decode([Status].self, from: Data(text.utf8)).first).version
    }

    // MARK: A runner

    private static func withRunner(_ certflow: BuiltProgram, _ body: (_ process: pid_t) async throws -> Void)
        async throws
    {
        let socket = certflow.home.appending(path: "runner.sock").path
        _ = try await certflow.staying(["run", "--watch"]) { process in
            // It listens once it holds the lock.
            try await until("the runner listens") { FileManager.default.fileExists(atPath: socket) }
            try await body(process)
        }
    }
}
