import PluginKit
import Storage
import Synchronization

/// The journal that a plug-in is handed: each entry is a commit under the claim's fence.
final class LeaseJournal: Journal {
    private struct State {
        var notes: [String] = []
        var hasRecorded = false
    }

    private let state = Mutex(State())
    private let write: @Sendable (Step, Handle) async throws -> Void
    private let tell: @Sendable (String) -> Void

    /// - Parameter write: makes the entry durable; throws where the lease is lost.
    init(
        write: @escaping @Sendable (Step, Handle) async throws -> Void, tell: @escaping @Sendable (String) -> Void
    ) {
        self.write = write
        self.tell = tell
    }

    func record(_ step: Step, _ handle: Handle) async throws {
        guard handle.content.count <= Handle.limit else {
            throw PluginFailure(
                .bug, code: "plugin.handle-too-large",
                message: "A plug-in wanted to record \(handle.content.count) bytes; at most 64 KiB are kept.",
                remedy: "Report this to the author of the plug-in.")
        }
        state.withLock { $0.hasRecorded = true }
        try await write(step, handle)
    }

    func note(_ text: String) {
        state.withLock { state in
            if state.notes.count < 100 { state.notes.append(String(text.prefix(500))) }
        }
        tell(text)
    }

    var notes: [String] { state.withLock { $0.notes } }

    /// Whether anything was recorded: then an end without a word is an unknown outcome.
    var hasRecorded: Bool { state.withLock { $0.hasRecorded } }
}
