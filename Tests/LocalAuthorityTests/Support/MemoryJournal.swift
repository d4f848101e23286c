import PluginKit
import Synchronization

/// Keeps what was recorded; can refuse, as a journal does whose runner lost its lease.
final class MemoryJournal: Journal {
    struct LeaseLost: Error {}

    private let content = Mutex<(entries: [(step: Step, handle: Handle)], refuses: Bool)>(([], false))

    func record(_ step: Step, _ handle: Handle) async throws {
        try content.withLock {
            guard !$0.refuses else { throw LeaseLost() }
            $0.entries.append((step, handle))
        }
    }

    func note(_ text: String) {}

    var entries: [(step: Step, handle: Handle)] { content.withLock { $0.entries } }
    func refuse() { content.withLock { $0.refuses = true } }
}
