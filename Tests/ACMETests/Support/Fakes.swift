import Automation
import Crypto
import Foundation
import PluginKit
import Synchronization

/// A clock that stands until a test or a sleeper moves it.
final class ManualClock: WallClock {
    private let instant: Mutex<Date>

    /// 2027-01-01T00:00:00Z.
    init(_ start: Date = Date(timeIntervalSince1970: 1_798_761_600)) { instant = Mutex(start) }

    var now: Date { instant.withLock { $0 } }

    func sleep(until moment: Date) async throws {
        try Task.checkCancellation()
        instant.withLock { $0 = max($0, moment) }
        await Task.yield()
    }

    func advance(_ seconds: TimeInterval) { instant.withLock { $0 = $0.addingTimeInterval(seconds) } }
}

/// Keeps what was recorded; can refuse, as a journal does whose runner lost its lease or its life.
final class MemoryJournal: Journal {
    struct LeaseLost: Error {}

    private struct Content {
        var entries: [(step: Step, handle: Handle)] = []
        var notes: [String] = []
        /// Refuses from the entry of this number on.
        var refusal = Int.max
    }

    private let content = Mutex(Content())

    func record(_ step: Step, _ handle: Handle) async throws {
        try content.withLock {
            guard $0.entries.count < $0.refusal else { throw LeaseLost() }
            $0.entries.append((step, handle))
        }
    }

    func note(_ text: String) { content.withLock { $0.notes.append(text) } }

    var steps: [Step] { content.withLock { $0.entries.map(\.step) } }
    var last: Handle? { content.withLock { $0.entries.last?.handle } }
    var notes: [String] { content.withLock { $0.notes } }
    func refuse(from number: Int) { content.withLock { $0.refusal = number } }
}

/// A profile's state in memory, with what its contract promises, and a switch to end the process at a chosen store.
final class MemoryState: PluginState {
    struct Crash: Error {}

    private struct Content {
        var values: [String: Secret] = [:]
        var stores = 0
        /// Crashes at the store of this number, before or after it takes effect.
        var crash: (number: Int, takesEffect: Bool)?
    }

    private let content = Mutex(Content())

    func value(_ key: String) async throws -> Secret? { content.withLock { $0.values[key] } }

    func store(_ new: Secret, _ key: String, replacing: Data?) async throws -> Bool {
        try content.withLock { content in
            content.stores += 1
            if let crash = content.crash, crash.number == content.stores, !crash.takesEffect { throw Crash() }
            let current = content.values[key].map { $0.withBytes { Data(SHA256.hash(data: $0)) } }
            guard current == replacing else { return false }
            content.values[key] = new
            if let crash = content.crash, crash.number == content.stores { throw Crash() }
            return true
        }
    }

    var stores: Int { content.withLock { $0.stores } }
    var names: Set<String> { content.withLock { Set($0.values.keys) } }
    func set(_ key: String, _ text: String) { content.withLock { $0.values[key] = Secret(text: text) } }
    func crash(atStore number: Int, takesEffect: Bool) {
        content.withLock { $0.crash = ($0.stores + number, takesEffect) }
    }
    func stopCrashing() { content.withLock { $0.crash = nil } }
}

/// Places challenges in memory, and remembers what it was asked.
final class MemorySolver: ChallengeSolver {
    private struct Content {
        var placed: [String: String] = [:]
        var presented = 0
        var cleaned = 0
        /// How often it says that what it placed is not seen yet.
        var delays = 0
    }

    private let content = Mutex(Content())

    func present(_ challenge: Challenge, _ journal: any Journal) async throws -> Handle {
        let handle = try Handle([challenge.token])
        try await journal.record(.presented, handle)
        content.withLock {
            $0.placed[challenge.token] = challenge.keyAuthorization
            $0.presented += 1
        }
        return handle
    }

    func propagated(_ challenge: Challenge, _ handle: Handle) async throws -> Bool {
        content.withLock {
            guard $0.delays > 0 else { return true }
            $0.delays -= 1
            return false
        }
    }

    func cleanUp(_ challenge: Challenge, _ handle: Handle) async throws {
        content.withLock {
            $0.placed[challenge.token] = nil
            $0.cleaned += 1
        }
    }

    func delay(_ times: Int) { content.withLock { $0.delays = times } }
    func answer(_ token: String) -> String? { content.withLock { $0.placed[token] } }
    var placed: Int { content.withLock { $0.placed.count } }
    var presented: Int { content.withLock { $0.presented } }
}
