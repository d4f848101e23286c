import Foundation
import TestPeers
import Testing

@Suite("the doctor, from the command line")
struct DoctorTests {
    private struct Finding: Decodable {
        var check: String
        var result: String
        var message: String
        var remedy: String?
    }

    @Test("a fresh home with work done has no problem; only what is missing around it is warned of")
    func healthyHome() async throws {
        try await TellingHome.withRunHome { home in
            let findings = try await home.json([Finding].self, "doctor")
            #expect(!findings.contains { $0.result == "problem" }, "\(findings)")
            let checks = Set(findings.map(\.check))
            for check in [
                "home", "settings", "key", "database", "clock", "zones", "profiles", "secrets", "issuers", "disk",
                "runner", "work", "alerts",
            ] { #expect(checks.contains(check), "\(check)") }
            #expect(findings.filter { $0.result != "ok" }.allSatisfy { $0.remedy != nil })
            #expect(try await home.certflow.run(["doctor"]).status == 0)
        }
    }

    @Test("what is broken is a problem with its remedy, and hides nothing else")
    func brokenHome() async throws {
        try await TellingHome.withRunHome { home in
            let path = home.certflow.home
            try home.write("profile: files\npublisher: filesystem\nwyth: {}\n", to: "profiles/publishing/files.yaml")
            try home.write(
                "alerts: {command: [/nonexistent/alert]}\n", to: "certflow.yaml")
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o666], ofItemAtPath: path.appending(path: "certflow.yaml").path)
            let findings = try await home.json([Finding].self, "doctor")
            let problems = findings.filter { $0.result == "problem" }
            #expect(problems.contains { $0.check == "profiles" && $0.message.contains("files.yaml:3") })
            #expect(problems.contains { $0.check == "programs" && $0.message.contains("/nonexistent/alert") })
            #expect(problems.contains { $0.check == "rights" && $0.remedy?.contains("chmod go-w") == true })
            #expect(findings.contains { $0.check == "key" && $0.result == "ok" })
            #expect(try await home.certflow.run(["doctor"]).status == 1)
        }
    }

    @Test("a key that does not fit is named, and so is a clock that went back")
    func wrongKeyAndClock() async throws {
        try await TellingHome.withRunHome { home in
            try await home.changeDatabase(
                "UPDATE event SET at = at + 86400 WHERE sequence = (SELECT max(sequence) FROM event)")
            let jumped = try await home.json([Finding].self, "doctor")
            #expect(
                jumped.contains { $0.check == "clock" && $0.result == "problem" && $0.message.contains("went back") })
            let key = home.certflow.home.appending(path: "master.key")
            try FileManager.default.removeItem(at: key)
            try Data(repeating: 7, count: 32).write(to: key)
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: key.path)
            let findings = try await home.json([Finding].self, "doctor")
            #expect(findings.contains { $0.check == "key" && $0.result == "problem" })
            #expect(findings.contains { $0.check == "disk" })
        }
    }

    @Test("a living runner is seen, and is not in the way of anything")
    func livingRunner() async throws {
        try await TellingHome.withRunHome { home in
            let seen = try await home.certflow.staying(["run", "--watch"]) { process in
                var finding: Finding?
                // The runner takes its lock within moments; a loaded machine may need some.
                for _ in 0..<50 where finding?.result != "ok" {
                    finding = try await home.json([Finding].self, "doctor").first { $0.check == "runner" }
                }
                return (finding, process)
            }
            let (finding, process) = seen.result
            #expect(finding?.result == "ok" && finding?.message.contains("process \(process)") == true)
        }
    }

    @Test("without a home it says so, and ends with 1")
    func noHome() async throws {
        try await withTemporaryDirectory { directory in
            let outcome = try await BuiltProgram(home: directory.appending(path: "nowhere")).run(["doctor"])
            #expect(outcome.status == 1 && outcome.output.contains("There is no home at"))
        }
    }
}
