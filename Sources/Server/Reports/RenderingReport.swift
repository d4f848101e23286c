import Foundation
import PluginKit
import Runner

/// What would be published to one target. The form of `profile render --output json`.
package struct RenderingReport: Codable, Sendable {
    package struct File: Codable, Sendable {
        /// As readers open it.
        package var path: String
        package var content: String
        /// In octal.
        package var mode: String
        /// Nil: as files get there.
        package var owner: String?
        package var group: String?
        /// In bytes.
        package var size: Int
        /// Lower-case hexadecimal; made with a key of the home where the form holds a private key.
        package var digest: String
        package var holdsKey: Bool
        /// Of `publish --dry-run`: `new`, `changed`, `unchanged`, or `unknowable` where each rendering differs.
        package var change: String?
        /// The size of the file that is there, in bytes.
        package var present: Int?
    }

    package struct Artifact: Codable, Sendable {
        package var content: String
        package var size: Int
        package var digest: String
        package var holdsKey: Bool

        init(_ artifact: Rehearsal.Rendering.Artifact) {
            content = artifact.content.rawValue
            size = artifact.size
            digest = artifact.digest.map { String(format: "%02x", $0) }.joined()
            holdsKey = artifact.content.isPrivate
        }
    }

    package var certificate: String
    package var version: Int
    package var profile: String
    package var target: String
    package var options: ShownOptions
    /// Of publishers that write files.
    package var files: [File]
    /// Of publishers that send requests, in their order; secrets and private keys are masked.
    package var requests: [PlannedRequest]
    /// What is handed to the publisher.
    package var artifacts: [Artifact]
    /// What the publication owns: no other may have it.
    package var places: [String]
    package var test: [String]?
    package var reload: [String]?
    package var proof: String?
    /// Whether the target held exactly this by the last look; nil where the flow does not name it.
    package var held: Bool?

    package init(
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
    package mutating func compare(with present: [ComparedFile]) {
        for file in present {
            guard let index = files.firstIndex(where: { $0.path.hasSuffix("/\(file.name)") }) else { continue }
            files[index].change = file.change.rawValue
            files[index].present = file.present
        }
    }
}
