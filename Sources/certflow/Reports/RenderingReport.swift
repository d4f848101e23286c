import Foundation
import PluginKit
import Runner
import Server

/// What would be published to one target. The form of `profile render --output json`.
struct RenderingReport: Encodable {
    struct File: Encodable {
        /// As readers open it.
        var path: String
        var content: String
        /// In octal.
        var mode: String
        /// Nil: as files get there.
        var owner: String?
        var group: String?
        /// In bytes.
        var size: Int
        /// Lower-case hexadecimal; made with a key of the home where the form holds a private key.
        var digest: String
        var holdsKey: Bool
        /// Of `publish --dry-run`: `new`, `changed`, `unchanged`, or `unknowable` where each rendering differs.
        var change: String?
        /// The size of the file that is there, in bytes.
        var present: Int?
    }

    struct Artifact: Encodable {
        var content: String
        var size: Int
        var digest: String
        var holdsKey: Bool

        init(_ artifact: Rehearsal.Rendering.Artifact) {
            content = artifact.content.rawValue
            size = artifact.size
            digest = artifact.digest.map { String(format: "%02x", $0) }.joined()
            holdsKey = artifact.content.isPrivate
        }
    }

    var certificate: String
    var version: Int
    var profile: String
    var target: String
    var options: ShownOptions
    /// Of publishers that write files.
    var files: [File]
    /// Of publishers that send requests, in their order; secrets and private keys are masked.
    var requests: [PlannedRequest]
    /// What is handed to the publisher.
    var artifacts: [Artifact]
    /// What the publication owns: no other may have it.
    var places: [String]
    var test: [String]?
    var reload: [String]?
    var proof: String?
    /// Whether the target held exactly this by the last look; nil where the flow does not name it.
    var held: Bool?

    init(
        _ certificate: String, _ profile: String, _ target: String, _ rendering: Rehearsal.Rendering,
        _ schema: OptionSchema
    ) {
        self.certificate = certificate
        self.profile = profile
        self.target = target
        version = rendering.version
        options = ShownOptions(rendering.options)
        artifacts = rendering.artifacts.map { Artifact($0) }
        files = Self.files(rendering, artifacts, schema)
        requests = rendering.requests
        places = rendering.places
        test = rendering.test
        reload = rendering.reload
        proof = rendering.proof
        held = rendering.isHeld
    }

    private static func files(
        _ rendering: Rehearsal.Rendering, _ artifacts: [Artifact], _ schema: OptionSchema
    ) -> [File] {
        // The options that every publisher of files shares.
        guard FileOptions.fields.allSatisfy({ schema.field($0.name) == $0 }),
            let options = try? FileOptions(rendering.options)
        else { return [] }
        let directory = options.layout == .versioned ? "\(options.directory)/live" : options.directory
        return options.files.compactMap { file in
            guard artifacts.indices.contains(file.artifact) else { return nil }
            let artifact = artifacts[file.artifact]
            return File(
                path: "\(directory)/\(file.name)", content: artifact.content, mode: String(format: "%04o", file.mode),
                owner: file.owner, group: file.group, size: artifact.size, digest: artifact.digest,
                holdsKey: artifact.holdsKey)
        }
    }

    /// - Parameter files: what stands in the places of these.
    mutating func compare(with present: [ComparedFile]) {
        for file in present {
            guard let index = files.firstIndex(where: { $0.path.hasSuffix("/\(file.name)") }) else { continue }
            files[index].change = file.change.rawValue
            files[index].present = file.present
        }
    }

    func print() {
        Console.line(
            "\(Console.paint(certificate, .strong)) version \(version) on \(Console.paint("\(profile)/\(target)", .strong))"
        )
        if files.isEmpty { printArtifacts() } else { printFiles() }
        if requests.isEmpty {
            for line in options.lines { Console.line("  \(Console.harmless(line))") }
        } else {
            printRequests()
        }
        Console.line("  test: \(shown(test))")
        Console.line("  reload: \(shown(reload))")
        Console.line("  proof: \(Console.harmless(proof ?? "none"))")
        switch held {
        case true?: Console.line("The target holds exactly this.")
        case false?: Console.line("The target holds something else, or nothing yet.")
        case nil: Console.line("The flow of \(certificate) does not name this target: nothing is published there.")
        }
    }

    private func shown(_ command: [String]?) -> String {
        Console.harmless(command.map { $0.joined(separator: " ") } ?? "none")
    }

    private func printFiles() {
        var table = Table("FILE", "MODE", "OWNER", "GROUP", "CONTENT", "BYTES", "DIGEST")
        for file in files {
            table.add(
                .init(file.path), .init(file.mode), .init(file.owner ?? "-"), .init(file.group ?? "-"),
                .init(file.content), .init(String(file.size)), Self.digest(file.digest, file.holdsKey))
        }
        for line in table.lines { Console.line("  \(line)") }
    }

    private func printRequests() {
        for request in requests {
            Console.line("  \(Console.paint(Console.harmless(request.name), .strong))")
            let lines = ["\(request.method) \(request.url)"] + request.headers
            for line in lines { Console.line("    \(Console.harmless(line))") }
            guard let body = request.body else { continue }
            Console.line()
            for line in body.split(separator: "\n", omittingEmptySubsequences: false) {
                Console.line("    \(Console.harmless(String(line)))")
            }
        }
    }

    private func printArtifacts() {
        var table = Table("CONTENT", "BYTES", "DIGEST")
        for artifact in artifacts {
            table.add(
                .init(artifact.content), .init(String(artifact.size)), Self.digest(artifact.digest, artifact.holdsKey))
        }
        for line in table.lines { Console.line("  \(line)") }
    }

    private static func digest(_ digest: String, _ holdsKey: Bool) -> Table.Cell {
        .init("\(holdsKey ? "keyed" : "sha256"):\(digest.prefix(16))")
    }
}
