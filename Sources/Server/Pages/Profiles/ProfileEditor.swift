import Automation
import Foundation
import PluginKit
import Profiles
import Runner
import Storage

/// One profile's file: read, looked at as it would be, and replaced as a whole or not at all.
struct ProfileEditor: Sendable {
    let house: House
    let shape: ProfileShape
    let name: String

    /// YAML is read with a stack of its own; so are passphrases worked on.
    static let workers = WorkerThreads(count: 1)

    /// What a text would come to.
    struct Candidate: Sendable {
        var text: String
        var problems: [OptionProblem]
        /// The profiles in force with this one in its place; nil where it is not accepted.
        var set: ProfileSet?
    }

    /// Nil where there is no file.
    func text() throws -> String? { try store.text() }

    /// Differs with the text; empty for a file that is yet to be made.
    static func etag(_ text: String?) -> String { text.map { String(People.key($0).prefix(32)) } ?? "" }

    /// As forms send it: with the line ends of the web.
    static func normalized(_ text: String) -> String {
        let text = text.replacingOccurrences(of: "\r\n", with: "\n").replacingOccurrences(of: "\r", with: "\n")
        return text.isEmpty || text.hasSuffix("\n") ? text : text + "\n"
    }

    func candidate(_ text: String) async throws -> Candidate {
        let (registry, path, stem, kind) = (house.outside.registry, shape.file(name), name, shape.kind)
        let before = house.profiles
        return try await Self.workers.run {
            let source = SourceFile(text, path: path)
            var (set, problems): (ProfileSet, [OptionProblem]) = (before, [])
            switch kind {
            case .publishing:
                let reading = PublishingProfile.read(source, stem: stem, registry: registry)
                problems = reading.problems
                set.publishing[stem] = reading.profile
                set.brokenPublishing[stem] = nil
            case .issuing:
                let reading = IssuingProfile.read(source, stem: stem, registry: registry)
                problems = reading.problems
                set.issuing[stem] = reading.profile
                set.brokenIssuing[stem] = nil
            }
            return Candidate(text: text, problems: problems, set: problems.isEmpty ? set : nil)
        }
    }

    /// What the profile publishes again because it renders something else than targets hold.
    func publications(_ candidate: Candidate) async throws -> [Consequences] {
        guard shape.isPublishing, let set = candidate.set else { return [] }
        var outside = house.outside
        outside.profiles = ProfileShelf(set)
        return try await Rehearsal(outside).publishesAgain(name)
    }

    /// - Parameter etag: of the text that the change was made from.
    /// - Throws: `Problem` where somebody else changed the file meanwhile.
    func save(_ text: String, etag: String, by principal: Principal, reason: String) async throws {
        let before = try self.text(unchangedSince: etag)
        try await store.save(text, replacing: before, by: principal, reason: reason)
    }

    private var store: ProfileStore { ProfileStore(house: house, kind: shape.kind, name: name) }

    private func text(unchangedSince etag: String) throws -> String? {
        let text = try self.text()
        guard Self.etag(text) == etag else {
            throw Problem(
                409, "profile.conflict", "Somebody else changed \(name) meanwhile.",
                remedy: "Compare with the file as it is now; saving again replaces it.")
        }
        return text
    }
}
