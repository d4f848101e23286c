import Automation
import Foundation
import PluginKit
import Profiles
import Storage

extension Rehearsal {
    /// The options of one target, for looks at the machine itself: templates are filled in for `certificate`, and a
    /// secret that is not stored yet is an empty one.
    /// - Throws: `PluginFailure` (`configuration`) where the profile or target is missing or can't be filled in,
    ///   `StorageError`.
    public func options(profile name: String, target: String, certificate: String) async throws -> Options {
        guard let found = outside.profiles.current.publishing[name]?.targets.first(where: { $0.name == target }) else {
            throw PluginFailure.profileMissing("target of the publishing", "\(name)/\(target)")
        }
        let nobody = VersionFacts(
            certificate: certificate, number: 0, subjects: [certificate],
            fingerprint: Fingerprint(sha256: Data(count: 32)), serial: "0", notBefore: .distantPast,
            notAfter: .distantPast)
        let variables = TemplateCatalog.variables(version: nobody, target: found)
        var secrets: [String: Secret] = [:]
        for name in found.options.secretNames {
            secrets[name] = try? await Secrets(outside).values([name])[name]
        }
        do {
            return try found.options.render(variables) { secrets[$0] ?? Secret(text: "") }
        } catch let problem as OptionProblem {
            throw PluginFailure(
                .configuration, code: "profile.rendering", message: "\(problem.position): \(problem.message)",
                remedy: problem.remedy)
        }
    }
}
