import Automation
import Foundation
import PluginKit
import Profiles
import Runner
import Storage
import Synchronization

/// One profile's file: read, looked at as it would be, and replaced as a whole or not at all.
struct ProfileEditor: Sendable {
    let house: House
    let shape: ProfileShape
    let name: String

    /// YAML is read with a stack of its own; so are passphrases worked on.
    static let workers = WorkerThreads(count: 1)
    /// Between looking whether a file is still the same and replacing it nobody else writes.
    private static let isWriting = Mutex(())

    /// What a text would come to.
    struct Candidate: Sendable {
        var text: String
        var problems: [OptionProblem]
        /// The profiles in force with this one in its place; nil where it is not accepted.
        var set: ProfileSet?
    }

    /// Nil where there is no file.
    func text() throws -> String? { try house.files.read(shape.kind.rawValue, name) }

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
        guard text != before else { return }
        let event = EventDraft(
            at: house.now(), actor: principal.actor, kind: before == nil ? "profile.created" : "profile.changed",
            subject: "\(shape.kind.rawValue)/\(name)", reason: reason,
            detail: ["before": before.map { People.key($0) } ?? "", "after": People.key(text)])
        // First the trail: what can't be written there is not done.
        try await house.people.commit([], [event])
        try Self.isWriting.withLock { _ in
            _ = try self.text(unchangedSince: etag)
            try house.files.write(shape.kind.rawValue, name, text)
        }
        // The scheduler reads the files again by itself: it has to see that they changed.
        house.wake()
    }

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
