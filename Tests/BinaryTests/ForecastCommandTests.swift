import Foundation
import TestPeers
import Testing

@Suite("what will happen, from the command line")
struct ForecastCommandTests {
    @Test("the forecast tells each run in order of time, within its bounds, several rounds ahead")
    func forecastOfAll() async throws {
        try await TellingHome.withRunHome { home in
            let runs = try await home.json([TellingHome.Run].self, "forecast", "--days", "200")
            #expect(runs.map(\.at) == runs.map(\.at).sorted())
            #expect(runs.allSatisfy { $0.earliest <= $0.at && $0.at <= $0.latest })
            let www = runs.filter { $0.certificate == "www.example.com" && $0.stage == "renewal" }
            #expect(www.map(\.version) == [2, 3, 4])
            let published = runs.filter { $0.certificate == "www.example.com" && $0.stage == "publication" }
            #expect(published.map(\.version) == [2, 3, 4])
            #expect(published.allSatisfy { $0.target == "files/default" })
            #expect(!runs.contains { $0.certificate == "off.example.com" })
        }
    }

    @Test("runs lie in the window, and the reason says from where it moved them")
    func windowedRuns() async throws {
        try await TellingHome.withRunHome { home in
            let runs = try await home.json([TellingHome.Run].self, "forecast", "nights.example.com", "--days", "100")
            var berlin = Calendar(identifier: .gregorian)
            berlin.timeZone = try #require(TimeZone(identifier: "Europe/Berlin"))
            #expect(!runs.isEmpty)
            for run in runs {
                let time = berlin.dateComponents([.weekday, .hour], from: run.at)
                #expect([(7, 20...23), (1, 0...3)].contains { $0.0 == time.weekday && $0.1.contains(time.hour ?? -1) })
                #expect(run.timeZone == "Europe/Berlin")
            }
            let renewal = try #require(runs.first { $0.stage == "renewal" })
            #expect(renewal.reason.hasPrefix("30 days before expiration = "))
            // Where the due time lies in the window by chance, the spread is all that moves it.
            #expect(renewal.reason.contains(" by the window") || renewal.reason.contains("spread to "))
        }
    }

    @Test("warnings name an outage by rule, days that count as Automatic, and what is switched off")
    func warnings() async throws {
        try await TellingHome.withRunHome { home in
            let runs = try await home.json([TellingHome.Run].self, "forecast", "--days", "100")
            let late = try #require(runs.first { $0.certificate == "late.example.com" })
            #expect(late.warnings.contains { $0.kind == "outage-by-rule" && $0.text.contains("3 days") })
            let early = try #require(runs.first { $0.certificate == "early.example.com" })
            #expect(early.warnings.contains { $0.kind == "days-clamped" })
            #expect(try await home.certflow.succeed("forecast").contains("Auto-renewal is off"))
        }
    }

    @Test("what comes before the start is assumed to have succeeded")
    func forecastFromLater() async throws {
        try await TellingHome.withRunHome { home in
            let all = try await home.json([TellingHome.Run].self, "forecast", "www.example.com", "--days", "200")
            let second = try #require(all.last { $0.stage == "renewal" && $0.version == 3 })
            let start = second.at.addingTimeInterval(-60).formatted(.iso8601)
            let later = try await home.json(
                [TellingHome.Run].self, "forecast", "www.example.com", "--from", start, "--days", "10")
            #expect(later.map(\.version) == [3, 3])
            #expect(later.first?.at == second.at)
        }
    }

    @Test("explain tells due time, window, spread and deadline in sentences")
    func explains() async throws {
        try await TellingHome.withRunHome { home in
            let text = try await home.certflow.succeed("explain", "nights.example.com")
            #expect(text.contains("Sat 20:00 - Sun 04:00 (Europe/Berlin)"))
            #expect(text.contains("30 days before expiration."))
            #expect(text.contains("It must be done by "))
            let off = try await home.certflow.succeed("explain", "off.example.com")
            #expect(off.contains("Auto-renewal is off."))
        }
    }

    @Test("an issuer that ends first is told, with the versions that get shorter")
    func issuerEnds() async throws {
        let profile = """
            profile: short-lived
            issuer: local-authority
            with: {lifetime: 90d, rootLifetime: 365d, intermediateLifetime: 120d}
            """
        try await withTemporaryDirectory { directory in
            let certflow = BuiltProgram(home: directory.appending(path: "home"))
            try await certflow.succeed("init")
            try profile.write(
                to: certflow.home.appending(path: "profiles/issuing/short-lived.yaml"), atomically: true,
                encoding: .utf8)
            try await certflow.succeed("init")
            let flows = "certificates:\n  - {name: a, subjects: [a.example.com], issuer: short-lived}"
            try await certflow.succeed("apply", "-", input: flows)
            try await certflow.succeed("run")
            let text = try await certflow.succeed("forecast", "a", "--days", "400")
            #expect(text.contains("The issuer itself ends"))
        }
    }

    @Test("lives that get shorter by the issuing profile are told before they come")
    func shorterLives() async throws {
        try await TellingHome.withRunHome { home in
            try home.write(
                "profile: local-authority\nissuer: local-authority\nwith: {lifetime: 45d}\n",
                to: "profiles/issuing/local-authority.yaml")
            let runs = try await home.json([TellingHome.Run].self, "forecast", "www.example.com")
            let first = try #require(runs.first)
            let warning = try #require(first.warnings.first { $0.kind == "life-shortens" })
            #expect(warning.text.contains("45 days instead of 90 days") && warning.text.contains("as Automatic"))
        }
    }

    @Test("a wrong name is told with the one that was meant, by its spelling or by a subject")
    func unknownNames() async throws {
        try await TellingHome.withRunHome { home in
            for command in ["forecast", "explain", "show", "history", "status"] {
                let outcome = try await home.certflow.run([command, "ww.example.com"])
                #expect(outcome.status == 1)
                #expect(outcome.errors.contains("Did you mean \"www.example.com\"?"), "\(command)")
            }
            let subject = try await home.certflow.run(["show", "example.com"])
            #expect(subject.errors.contains("a subject of the certificate \"www.example.com\""))
            #expect(try await home.certflow.run(["forecast", "--days", "0"]).status == 2)
            #expect(try await home.certflow.run(["forecast", "--from", "soon"]).status == 2)
        }
    }
}
