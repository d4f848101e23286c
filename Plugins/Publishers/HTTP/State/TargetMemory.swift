import Foundation
import PluginKit

/// What is remembered of one certificate on one target, sealed in the profile's store.
struct TargetMemory: Codable, Sendable, Equatable {
    /// What was extracted with `keep`: the name that the server itself gave.
    var kept: [String: String] = [:]
    /// What was published and not yet swept, the newest last.
    var published: [PublishedVersion] = []
    /// The delivery whose last changing request was sent and not answered.
    var uncertain: String?
    /// How far the last try of a publication got, where not all of it may be done again.
    var progress: Progress?

    /// More are dropped, the oldest first: nothing sweeps them.
    static let mostPublished = 200
}

/// What of a publication is not done again: a try that failed is followed by one that goes on behind it.
struct Progress: Codable, Sendable, Equatable {
    var delivery: String
    /// The requests up to the last that was sent and may not be repeated, as `method name`: another profile begins anew.
    var requests: [String]
    /// How many of them are behind it: all, or as many as before that one where its answer is missing.
    var answered: Int
    /// What these were answered, secrets too.
    var values: [String: String]
}

/// Reads and writes it.
struct TargetMemoryStore: Sendable {
    let state: any PluginState
    let key: String

    init(_ state: any PluginState, _ delivery: Delivery, place: String) {
        self.state = state
        let name = [delivery.version.certificate, delivery.target, place].map { "\($0.utf8.count):\($0)" }.joined()
        key = "target/" + Secret(text: name).sha256.prefix(16).hexadecimal
    }

    func read() async throws -> TargetMemory {
        try await Self.decoded(state.value(key))
    }

    /// - Throws: `PluginFailure` (`bug`) for what another release wrote: it is left alone.
    private static func decoded(_ stored: Secret?) throws -> TargetMemory {
        guard let stored else { return TargetMemory() }
        do {
            return try stored.withBytes { try JSONDecoder().decode(TargetMemory.self, from: Data($0)) }
        } catch {
            throw PluginFailure(
                .bug, code: "http.memory-unreadable", message: "What is remembered of this target can't be read.",
                remedy: "It was written by another release; go back to that one, or report this.")
        }
    }

    /// - Throws: `PluginFailure` (`conflict`) where others changed it again and again.
    func update(_ change: (inout TargetMemory) -> Void) async throws {
        for _ in 0..<5 {
            let current = try await state.value(key)
            let old = try Self.decoded(current)
            var new = old
            change(&new)
            new.published = Array(new.published.suffix(TargetMemory.mostPublished))
            guard new != old else { return }
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys]
            if try await state.store(Secret(try encoder.encode(new)), key, replacing: current?.sha256) { return }
        }
        throw PluginFailure(
            .conflict, code: "http.memory-busy", message: "What is remembered of this target changes all the time.",
            remedy: "It is tried again; see whether another certflow uses this home.")
    }
}
