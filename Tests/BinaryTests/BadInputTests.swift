import FaultKit
import Foundation
import TestPeers
import Testing

@Suite("bad input: a clear error, and the home as it was")
struct BadInputTests {
    /// Flows that are refused: what is wrong in them, and what the error has to name.
    enum Mistake: String, CaseIterable, CustomTestStringConvertible {
        case unknownKey, unknownZone, emptyWindow, missingProfile, brokenProfile, missingIssuer, notYAML, tabs, twice

        var testDescription: String { rawValue }

        var flows: String {
            switch self {
            case .unknownKey: Sample.flows + "\n      windw: {days: all}"
            case .unknownZone: Sample.flows + "\n      window: {timeZone: Europe/Berln}"
            case .emptyWindow: Sample.flows + "\n      window: {days: []}"
            case .missingProfile: Sample.flows.replacing("[files]", with: "[fils]")
            case .brokenProfile: Sample.flows.replacing("[files]", with: "[broken]")
            case .missingIssuer: Sample.flows.replacing("issuer: local-authority", with: "issuer: my-ca")
            case .notYAML: "certificates: [{"
            case .tabs: "certificates:\n\t- name: www.example.com\n"
            case .twice: Sample.flows + Sample.flows.replacing("certificates:\n", with: "\n")
            }
        }

        /// The thing, where it stands, and the remedy.
        var words: [String] {
            switch self {
            case .unknownKey: ["standard input:7:7", "`windw`", "`window`"]
            case .unknownZone: ["standard input:7:26", "Europe/Berln", "Europe/Berlin"]
            case .emptyWindow: ["standard input:7:", "window never opens", "switch the stage off"]
            case .missingProfile: ["standard input:6:", "`fils`", "`files`"]
            case .brokenProfile: ["standard input:6:", "`broken`", "broken.yaml:2:1", "`directory`"]
            case .missingIssuer: ["standard input:4:", "my-ca", "profile list"]
            case .notYAML: ["standard input:2:1", "brackets"]
            case .tabs: ["standard input:2:1", "tab"]
            case .twice: ["standard input:7:11", "www.example.com", "standard input:2:11"]
            }
        }
    }

    @Test("flows with a mistake are refused with its place and remedy", arguments: Mistake.allCases)
    func flows(mistake: Mistake) async throws {
        try await Sample.withHome { certflow, _ in
            try certflow.write("profile: broken\npublisher: filesystem\nwth: {}\n", "publishing/broken")
            try await unharmed(certflow) {
                let outcome = try await certflow.run(["apply", "-"], input: mistake.flows)
                #expect(outcome.status == 1)
                for word in mistake.words { #expect(outcome.errors.contains(word), "\(outcome.errors)") }
            }
        }
    }

    @Test("one bad certificate among good ones keeps all of them out")
    func allOrNothing() async throws {
        try await Sample.withHome { certflow, _ in
            let flows =
                Sample.flows
                + "\n  - {name: other.example.com, subjects: [other.example.com], isuer: local-authority}\n"
            try await unharmed(certflow) {
                let outcome = try await certflow.run(["apply", "-"], input: flows)
                #expect(outcome.status == 1 && outcome.errors.contains("`issuer`"))
            }
        }
    }

    @Test("a file that is missing, a directory or binary is named")
    func files() async throws {
        try await Sample.withHome { certflow, directory in
            let binary = directory.appending(path: "binary.yaml")
            try Data([0xFF, 0xFE, 0x00, 0x80]).write(to: binary)
            try await unharmed(certflow) {
                for path in [directory.appending(path: "none.yaml").path, directory.path, binary.path] {
                    let outcome = try await certflow.run(["apply", path])
                    #expect(outcome.status == 1 && outcome.errors.contains(path), "\(outcome.errors)")
                }
            }
        }
    }

    @Test("settings with an unknown key stop every command, and are named")
    func settings() async throws {
        try await Sample.withHome { certflow, _ in
            let settings = certflow.home.appending(path: "certflow.yaml")
            try "limts: {concurrent: 3}\n".write(to: settings, atomically: true, encoding: .utf8)
            try await unharmed(certflow) {
                let outcome = try await certflow.run(["run"])
                #expect(outcome.status == 1)
                #expect(outcome.errors.contains("certflow.yaml:1:1") && outcome.errors.contains("`limits`"))
            }
        }
    }

    @Test("two owners of a path: the second is refused, and told of the first")
    func twoOwners() async throws {
        try await Sample.withHome { certflow, directory in
            try certflow.write(Sample.profile(directory: directory), "publishing/other")
            let other = try String(
                contentsOf: certflow.home.appending(path: "profiles/publishing/other.yaml"), encoding: .utf8)
            try certflow.write(other.replacing("profile: files", with: "profile: other"), "publishing/other")
            try await certflow.succeed("apply", "-", input: Sample.flows)
            let before = try await certflow.succeed("flows")
            let flows = Sample.flows.replacing("[files]", with: "[files, other]")
            let outcome = try await certflow.run(["apply", "-"], input: flows)
            #expect(outcome.status == 1)
            #expect(outcome.errors.contains("\(directory.path)/www.example.com"), "\(outcome.errors)")
            #expect(outcome.errors.contains("files/default"), "\(outcome.errors)")
            #expect(try await certflow.succeed("flows") == before)
        }
    }

    @Test("a missing secret fails the publication with its name and the command that stores it")
    func missingSecret() async throws {
        try await Sample.withHome { certflow, directory in
            let profile =
                Sample.profile(directory: directory) + """

                        - {name: store.p12, content: pkcs12, passphrase: {secret: store-pass}}
                    """
            try certflow.write(profile, "publishing/files")
            try await certflow.succeed("apply", "-", input: Sample.flows)
            let outcome = try await certflow.run(["run"])
            #expect(outcome.status == 3)
            #expect(outcome.output.contains("store-pass"))
            let status = try await certflow.succeed("status")
            #expect(status.contains("store-pass") && status.contains("certflow secret set"))
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).isEmpty)
        }
    }

    @Test("a profile that breaks while its flow is in force is named, and the home goes on", arguments: [false, true])
    func brokenLater(isRemoved: Bool) async throws {
        try await Sample.withHome { certflow, directory in
            try await certflow.succeed("apply", "-", input: Sample.flows)
            let file = certflow.home.appending(path: "profiles/publishing/files.yaml")
            if isRemoved {
                try FileManager.default.removeItem(at: file)
            } else {
                try "profile: files\npublisher: nosuch\n".write(to: file, atomically: true, encoding: .utf8)
            }
            let outcome = try await certflow.run(["run"])
            #expect(outcome.status == 3, "\(outcome.output) \(outcome.errors)")
            #expect((outcome.output + outcome.errors).contains("files"))
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).isEmpty)
            // Mended, it is published.
            try certflow.write(Sample.profile(directory: directory), "publishing/files")
            try await certflow.succeed("run")
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["www.example.com"])
        }
    }

    @Test("a certificate without its key, and an expired one, are not taken in")
    func imports() async throws {
        try await Sample.withHome { certflow, directory in
            let foreign = try await ForeignCertificates(in: directory)
            try await foreign.issue("keyless.example.com")
            try await foreign.issue("old.example.com", days: -1)
            try await unharmed(certflow) {
                let keyless = try await certflow.run(["import", foreign.path("keyless.example.com.crt")])
                #expect(keyless.status == 1 && keyless.output.contains("without its private key"))
                let old = try await certflow.run(
                    ["import", foreign.path("old.example.com.crt"), foreign.path("old.example.com.key")])
                #expect(old.status == 1 && old.output.contains("ended at"))
            }
        }
    }

    @Test("a second runner is refused, names the first, and disturbs nothing")
    func secondRunner() async throws {
        try await Sample.withHome { certflow, _ in
            let (_, ending) = try await certflow.staying(["run", "--watch"]) { process in
                let lock = certflow.home.appending(path: "runner.lock")
                let socket = certflow.home.appending(path: "runner.sock").path  // there once signals are heard
                while (try? String(contentsOf: lock, encoding: .utf8))?.hasPrefix("\(process)\n") != true
                    || !FileManager.default.fileExists(atPath: socket)
                {
                    try await Task.sleep(for: .milliseconds(5))
                }
                let second = try await certflow.run(["run"])
                #expect(second.status == 1)
                #expect(second.errors.contains("process \(process)") && second.errors.contains("certflow status"))
            }
            #expect(ending.isSuccess)
        }
    }

    @Test("a home that is missing, not finished or open to others is refused with the command that mends it")
    func homes() async throws {
        try await Sample.withHome { certflow, directory in
            let missing = BuiltProgram(home: directory.appending(path: "missing"))
            #expect(try await missing.run(["status"]).errors.contains("certflow init --home"))
            try FileManager.default.createDirectory(at: missing.home, withIntermediateDirectories: false)
            #expect(try await missing.run(["status"]).errors.contains("not a finished home"))
            chmod(certflow.home.path, 0o777)
            let open = try await certflow.run(["status"])
            #expect(open.status == 1 && open.errors.contains("chmod 700 \(certflow.home.path)"))
        }
    }

    @Test("what was typed wrong ends with 2 and changes nothing")
    func usage() async throws {
        try await Sample.withHome { certflow, _ in
            try await unharmed(certflow) {
                for arguments in [["aply"], ["export", "x"], ["run", "--wach"], ["import", "x", "--name", "a b"]] {
                    let status = try await certflow.run(arguments).status
                    #expect(status == 2)
                }
            }
        }
    }

    // MARK: Parts

    /// Expects that `body` leaves every file of the home as it is.
    private func unharmed(_ certflow: BuiltProgram, _ body: () async throws -> Void) async throws {
        let before = try await HomePicture(certflow)
        try await body()
        let differences = try await HomePicture(certflow).differences(from: before)
        #expect(differences == [])
    }
}
