import Automation
import Foundation
import Profiles
import Storage
import Synchronization

/// Replaces the file of a profile: as a whole or not at all, with its event, for pages and API alike.
struct ProfileStore: Sendable {
    let house: House
    let kind: ProfileSet.Kind
    let name: String

    /// Between looking whether a file is still the same and replacing it nobody else writes.
    private static let isWriting = Mutex(())

    /// Nil where there is no file.
    func text() throws -> String? { try house.files.read(kind.rawValue, name) }

    /// - Parameter before: what the change was made from.
    /// - Throws: `Problem` where somebody else changed the file meanwhile; whatever kept it from being written, which
    ///   then stands in the trail as well.
    func save(_ text: String, replacing before: String?, by principal: Principal, reason: String) async throws {
        guard text != before else { return }
        let hashes = ["before": before.map { People.key($0) } ?? "", "after": People.key(text)]
        let verb = before == nil ? "created" : "changed"
        try await replace(before, event: "profile.\(verb)", by: principal, reason, hashes) {
            try house.files.write(kind.rawValue, name, text)
        }
    }

    /// Does something to the file, where it still is as it was looked at.
    func replace(
        _ before: String?, event kind: String, by principal: Principal, _ reason: String, _ detail: [String: String],
        _ body: () throws -> Void
    ) async throws {
        // First the trail: what can't be written there is not done.
        try await house.people.commit([], [event(kind, principal, reason, detail)])
        do {
            try Self.isWriting.withLock { _ in
                guard try self.text() == before else {
                    throw Problem(
                        409, "profile.conflict", "Somebody else changed \(name) meanwhile.",
                        remedy: "Compare with the file as it is now; saving again replaces it.")
                }
                try body()
            }
        } catch {
            try await house.people.commit([], [event("profile.not-written", principal, reason, detail)])
            throw error
        }
        house.outside.profiles.freshen()
        house.wake()
    }

    private func event(
        _ kind: String, _ principal: Principal, _ reason: String, _ detail: [String: String]
    ) -> EventDraft {
        EventDraft(
            at: house.now(), actor: principal.actor, kind: kind, subject: "\(self.kind.rawValue)/\(name)",
            reason: reason, detail: detail)
    }
}
