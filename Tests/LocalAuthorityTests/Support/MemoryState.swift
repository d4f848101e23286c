import Crypto
import Foundation
import PluginKit
import Synchronization

/// A profile's state in memory, with what its contract promises, and a switch to end the process at a chosen store.
final class MemoryState: PluginState {
    struct Crash: Error {}

    private struct Content {
        var values: [String: Secret] = [:]
        var stores = 0
        var reads = 0
        /// Crashes at the store of this number, before or after it takes effect.
        var crash: (number: Int, takesEffect: Bool)?
        /// Runs once before the next store: someone else who is faster.
        var rival: (@Sendable (MemoryState) async throws -> Void)?
    }

    private let content = Mutex(Content())

    func value(_ key: String) async throws -> Secret? {
        content.withLock {
            $0.reads += 1
            return $0.values[key]
        }
    }

    func store(_ new: Secret, _ key: String, replacing: Data?) async throws -> Bool {
        let rival = content.withLock { content in
            defer { content.rival = nil }
            return content.rival
        }
        try await rival?(self)
        return try content.withLock { content in
            content.stores += 1
            if let crash = content.crash, crash.number == content.stores, !crash.takesEffect { throw Crash() }
            let current = content.values[key].map { $0.withBytes { Data(SHA256.hash(data: $0)) } }
            guard current == replacing else { return false }
            content.values[key] = new
            if let crash = content.crash, crash.number == content.stores { throw Crash() }
            return true
        }
    }

    // MARK: For tests

    var stores: Int { content.withLock { $0.stores } }
    var names: Set<String> { content.withLock { Set($0.values.keys) } }

    func bytes(_ key: String) -> Data? { content.withLock { $0.values[key] }.map { $0.withBytes { Data($0) } } }

    func set(_ key: String, _ bytes: Data?) { content.withLock { $0.values[key] = bytes.map { Secret($0) } } }

    func crash(atStore number: Int, takesEffect: Bool) {
        content.withLock { $0.crash = ($0.stores + number, takesEffect) }
    }

    func stopCrashing() { content.withLock { $0.crash = nil } }

    func beforeNextStore(_ rival: @escaping @Sendable (MemoryState) async throws -> Void) {
        content.withLock { $0.rival = rival }
    }
}
