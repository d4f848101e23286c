import Foundation
import TestPeers

/// A home with one certificate, published by one of the profiles that `init` puts there, filled in.
struct LiveHome {
    static let certificate = "www.example.com"

    /// What the schedule and its pages know of the one target.
    struct Target: Decodable {
        struct Trouble: Decodable {
            var step: String?
            var needsAttention: Bool
        }

        var version: Int
        var fingerprint: String
        var publication: String
        var trouble: Trouble?
    }

    private struct Shown: Decodable { var targets: [Target] }

    let certflow: BuiltProgram
    /// The local authority's root.
    let root: URL
    private let profile: String

    /// Makes it.
    /// - Parameter profile: the name of the profile.
    init(in directory: URL, profile: String) async throws {
        certflow = BuiltProgram(home: directory.appending(path: "home"))
        root = directory.appending(path: "root.pem")
        self.profile = profile
        try await certflow.succeed("init")
        try await certflow.succeed("issuer", "show", "local-authority", "--format", "pem", "--out", root.path)
    }

    /// Replaces texts of the profile by others, in each line that is no comment.
    /// - Throws: `Wrong` where the profile does not have one of the texts.
    func fillIn(_ texts: KeyValuePairs<String, String>) throws {
        let file = file
        var lines = try String(contentsOf: file, encoding: .utf8).components(separatedBy: "\n")
        for (old, new) in texts {
            var isFound = false
            for index in lines.indices where !lines[index].hasPrefix("#") && lines[index].contains(old) {
                lines[index] = lines[index].replacing(old, with: new)
                isFound = true
            }
            guard isFound else { throw Wrong("\(profile) does not say \(old)") }
        }
        try lines.joined(separator: "\n").write(to: file, atomically: true, encoding: .utf8)
    }

    /// Publishes the first version before the service is there: as its profile says, without its commands and proof.
    func publishFirst() async throws {
        let file = file
        let text = try String(contentsOf: file, encoding: .utf8)
        let lines = text.components(separatedBy: "\n").prefix { !$0.hasPrefix("test:") }
        try lines.joined(separator: "\n").write(to: file, atomically: true, encoding: .utf8)
        let flows = """
            certificates:
              - name: \(Self.certificate)
                subjects: [\(Self.certificate)]
                issuer: local-authority
                flow:
                  publication: {enabled: true, profiles: [\(profile)]}
            """
        try await certflow.succeed("apply", "-", input: flows)
        try await certflow.succeed("run")
        try text.write(to: file, atomically: true, encoding: .utf8)
    }

    func renew() async throws { try await certflow.succeed("renew", Self.certificate, "--force") }

    func target() async throws -> Target {
        let text = try await certflow.succeed("show", Self.certificate, "--output", "json")
        let targets = try JSONDecoder().decode(Shown.self, from: Data(text.utf8)).targets
        guard let target = targets.first, targets.count == 1 else { throw Wrong("not one target: \(text)") }
        return target
    }

    /// Arguments as a profile writes them.
    static func command(_ arguments: [String]) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        return String(decoding: try encoder.encode(arguments), as: UTF8.self)
    }

    private var file: URL { certflow.home.appending(path: "profiles/publishing/\(profile).yaml") }
}
