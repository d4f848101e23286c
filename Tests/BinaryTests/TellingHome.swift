import Foundation
import TestPeers
import Testing

/// A home with certificates of different rules, for the commands that tell.
struct TellingHome {
    let certflow: BuiltProgram
    let tls: URL

    /// Makes it, applies `flows` and does what is due.
    static func withRunHome<Result>(
        flows: String = Self.flows, files: [String: String] = [:], _ body: (TellingHome) async throws -> Result
    ) async throws -> Result {
        try await withTemporaryDirectory { directory in
            let home = TellingHome(
                certflow: BuiltProgram(home: directory.appending(path: "home")), tls: directory.appending(path: "tls"))
            try await home.certflow.succeed("init")
            try FileManager.default.createDirectory(at: home.tls, withIntermediateDirectories: false)
            try home.write(Sample.profile(directory: home.tls), to: "profiles/publishing/files.yaml")
            for (path, text) in files { try home.write(text, to: path) }
            try await home.certflow.succeed("apply", "-", input: flows)
            try await home.certflow.succeed("run")
            return try await body(home)
        }
    }

    func write(_ text: String, to path: String) throws {
        try text.write(to: certflow.home.appending(path: path), atomically: true, encoding: .utf8)
    }

    /// What a command with `--output json` prints.
    func json<Form: Decodable>(_ type: Form.Type, _ arguments: String...) async throws -> Form {
        let outcome = try await certflow.run(arguments + ["--output", "json"])
        return try JSONDecoder().decode(type, from: Data(outcome.output.utf8))
    }

    /// As somebody with access to the file could.
    func changeDatabase(_ statement: String) async throws {
        try await PeerProgram("sqlite3", package: "sqlite3").run(
            [certflow.home.appending(path: "certflow.db").path, statement], in: certflow.home)
    }

    static let flows = """
        certificates:
          - name: www.example.com
            subjects: [www.example.com, example.com]
            issuer: local-authority
            labels: {team: web}
            owner: web team
            flow:
              renewal: {renew: before-expiration, days: 30}
              publication: {enabled: true, profiles: [files]}
          - name: nights.example.com
            subjects: [nights.example.com]
            issuer: local-authority
            flow:
              renewal: {renew: before-expiration, days: 30}
              publication: {enabled: true, profiles: [files]}
              window: {open: {saturday: ["20:00-24:00"], sunday: ["00:00-04:00"]}, timeZone: Europe/Berlin}
          - name: late.example.com
            subjects: [late.example.com]
            issuer: local-authority
            flow:
              renewal: {renew: after-expiration, days: 3}
              publication: {enabled: true, profiles: [files]}
          - name: early.example.com
            subjects: [early.example.com]
            issuer: local-authority
            flow:
              renewal: {renew: before-expiration, days: 60}
          - name: off.example.com
            subjects: [off.example.com]
            issuer: local-authority
            flow:
              renewal: {enabled: false}
        """

    /// One run of a forecast, as it is printed.
    struct Run: Decodable {
        struct Warning: Decodable {
            var kind: String
            var text: String
        }

        var certificate: String
        var stage: String
        var target: String?
        var version: Int
        var due: Date
        var at: Date
        var earliest: Date
        var latest: Date
        var reason: String
        var timeZone: String
        var warnings: [Warning]

        private enum CodingKeys: String, CodingKey {
            case certificate, stage, target, version, due, at, earliest, latest, reason, timeZone, warnings
        }

        init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: CodingKeys.self)
            func moment(_ key: CodingKeys) throws -> Date {
                try Date(try values.decode(String.self, forKey: key), strategy: .iso8601)
            }
            certificate = try values.decode(String.self, forKey: .certificate)
            stage = try values.decode(String.self, forKey: .stage)
            target = try values.decodeIfPresent(String.self, forKey: .target)
            version = try values.decode(Int.self, forKey: .version)
            (due, at) = (try moment(.due), try moment(.at))
            (earliest, latest) = (try moment(.earliest), try moment(.latest))
            reason = try values.decode(String.self, forKey: .reason)
            timeZone = try values.decode(String.self, forKey: .timeZone)
            warnings = try values.decode([Warning].self, forKey: .warnings)
        }
    }
}
