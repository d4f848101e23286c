import Automation
import Foundation

/// The built program, serving a home of many certificates; asked with `curl` and `wrk`, as clients elsewhere would.
struct ServedHome {
    struct Failed: Error, CustomStringConvertible { var description: String }

    let program: String
    let directory: String
    let url: String
    let process: RunningProcess
    private let token: String

    private static let password = "seven quiet otters"

    /// Makes a home with so many certificates, none of them due for days, and serves it beside `body`.
    static func withServing(
        program: String, directory: String, flows: Int, _ body: (ServedHome) throws -> Void
    ) throws {
        let home = "\(directory)/home"
        _ = try run([program, "init", "--home", home])
        _ = try run([program, "run", "--home", home])
        let database = FlowDatabase(path: "\(home)/certflow.db", flows: flows)
        try database.fill(.resting, at: Instant(Date()))
        // Of those that are renewed nothing is published: what they would be published by is not there.
        try RawDatabase(database.path).run("UPDATE certificate SET publication_on = 0 WHERE name LIKE '%.example.com'")
        _ = try run([program, "account", "add", "bench", "--role", "administrator", "--home", home])
        let token = try run([program, "token", "issue", "bench", "--name", "wrk", "--home", home])
        let log = "\(directory)/serve.log"
        _ = FileManager.default.createFile(atPath: log, contents: nil)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = ["serve", "--listen", "127.0.0.1:0", "--home", home]
        process.standardOutput = FileHandle(forWritingAtPath: log)
        process.standardError = FileHandle(forWritingAtPath: log)
        try process.run()
        defer { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }
        let (url, code) = try address(log, process)
        let served = ServedHome(
            program: program, directory: directory, url: url, process: RunningProcess(process.processIdentifier),
            token: token.trimmingCharacters(in: .whitespacesAndNewlines))
        try served.signIn(code)
        try body(served)
        process.terminate()
        process.waitUntilExit()
    }

    /// Where it serves, and the link that it gives the first administrator.
    private static func address(_ log: String, _ process: Process) throws -> (url: String, code: String) {
        for _ in 0..<1200 {
            let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
            if let match = text.firstMatch(of: #/Serving at (\S+)[^=]*/setup\?code=(\S+)\n/#) {
                return (String(match.1), String(match.2))
            }
            guard process.isRunning else { throw Failed(description: "`certflow serve` ended:\n\(text)") }
            Thread.sleep(forTimeInterval: 0.1)
        }
        throw Failed(description: "`certflow serve` does not answer after two minutes")
    }

    private var jar: String { "\(directory)/cookies" }

    private func signIn(_ code: String) throws {
        let form = ["password=\(Self.password)", "again=\(Self.password)"]
        let said = try Self.run(
            ["curl", "-sk", "-c", jar, "-o", "/dev/null", "-w", "%{http_code}"]
                + form.flatMap { ["--data-urlencode", $0] } + ["\(url)/setup?code=\(code)"])
        guard said == "303" else { throw Failed(description: "the first sign-in was answered with \(said)") }
    }

    /// The times of `rounds` requests on one connection, in order of their length.
    func times(_ path: String, form: [String] = [], rounds: Int) throws -> [Duration] {
        let one =
            ["-o", "/dev/null", "-w", "%{http_code} %{time_starttransfer} %{time_pretransfer}\\n"]
            + form.flatMap { ["--data-urlencode", $0] } + [url + path]
        var arguments = ["curl", "-sk"]
        for round in 0..<rounds { arguments += (round > 0 ? ["--next", "-sk"] : []) + ["-b", jar] + one }
        let lines = try Self.run(arguments).split(separator: "\n")
        return try lines.map { line in
            let parts = line.split(separator: " ")
            guard parts.count == 3, parts[0] == "200", let end = Double(parts[1]), let start = Double(parts[2]) else {
                throw Failed(description: "\(path) was answered with \(line)")
            }
            return .seconds(end - start)
        }.sorted()
    }

    /// What stands in a page.
    func text(_ path: String) throws -> String { try Self.run(["curl", "-sk", "-b", jar, url + path]) }

    /// What a program reads.
    func api(_ path: String) throws -> String {
        try Self.run(["curl", "-sk", "-H", "Authorization: Bearer \(token)", url + path])
    }

    /// What a program sends.
    func post(_ path: String, json: String) throws {
        let said = try Self.run([
            "curl", "-sk", "-o", "/dev/null", "-w", "%{http_code}", "-H", "Authorization: Bearer \(token)", "-H",
            "Content-Type: application/json", "-d", json, url + path,
        ])
        guard said.hasPrefix("2") else { throw Failed(description: "\(path) was answered with \(said)") }
    }

    /// The names of so many of the certificates, as `FlowDatabase` makes them.
    static func renewed(_ count: Int) -> [String] {
        (1...max(1, count)).map { String(format: "%08x.example.com", ($0 &* 2_654_435_761) & 0xFFFF_FFFF) }
    }

    struct Load {
        var perSecond = 0.0
        var p99 = Duration.zero
        var wrong = 0
    }

    /// Reads one certificate after the other, from 16 connections, as fast as it goes.
    func load(_ names: [String], seconds: Int) throws -> Load {
        let script = """
            local names = {\(names.map { "\"\($0)\"" }.joined(separator: ","))}
            request = function()
              return wrk.format("GET", "/api/v1/certificates/" .. names[math.random(#names)])
            end
            done = function(summary, latency)
              io.write(string.format("RESULT %f %f %d\\n", summary.requests / (summary.duration / 1e6),
                latency:percentile(99) / 1e3, summary.errors.status + summary.errors.read + summary.errors.timeout))
            end
            """
        let file = "\(directory)/read.lua"
        try script.write(toFile: file, atomically: true, encoding: .utf8)
        let said = try Self.run([
            "wrk", "-t1", "-c16", "-d\(seconds)s", "-H", "Authorization: Bearer \(token)", "-s", file, url,
        ])
        guard let line = said.split(separator: "\n").first(where: { $0.hasPrefix("RESULT ") }) else {
            throw Failed(description: said)
        }
        let parts = line.split(separator: " ")
        guard parts.count == 4, let rate = Double(parts[1]), let p99 = Double(parts[2]), let wrong = Int(parts[3])
        else {
            throw Failed(description: String(line))
        }
        return Load(perSecond: rate, p99: .milliseconds(Int(p99.rounded())), wrong: wrong)
    }

    /// So many people who sign in at one time, with a wrong password: each is hashed.
    func signIns(_ count: Int) throws {
        let processes = try (0..<count).map { number in
            try Self.start(
                [
                    "curl", "-sk", "-o", "/dev/null", "-d", "name=nobody-\(number)&password=wrong-password-\(number)",
                    "\(url)/sign-in",
                ], output: nil)
        }
        for process in processes { process.waitUntilExit() }
    }

    static func run(_ arguments: [String]) throws -> String {
        let pipe = Pipe()
        let process = try start(arguments, output: pipe)
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        let said = String(decoding: data, as: UTF8.self)
        guard process.terminationStatus == 0 else {
            throw Failed(
                description:
                    "`\(arguments.prefix(3).joined(separator: " "))` ended with \(process.terminationStatus): \(said)")
        }
        return said
    }

    private static func start(_ arguments: [String], output: Pipe?) throws -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        process.standardOutput = output ?? FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        return process
    }
}
