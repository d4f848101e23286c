import PluginKit
import Synchronization

/// Breaks one run at one call: the tree's and the journal's calls are counted together. What only looks can fail, but a
/// program that ends there has left what the change before it left.
public final class Breakage: Sendable {
    public enum Manner: Sendable, CaseIterable {
        /// The program ends after the effect, and nobody learns of it.
        case crashAfter
        /// The call fails, and the program goes on.
        case failure
    }

    /// What the program that "ended" sees.
    public struct Crash: Error {}

    private struct State {
        var calls = 0
        var isDead = false
        var trace: [String] = []
    }

    private let place: Int
    private let manner: Manner
    private let state = Mutex(State())

    /// - Parameter place: the number of the call, from 1; 0 breaks nothing.
    public init(at place: Int = 0, _ manner: Manner = .failure) {
        self.place = place
        self.manner = manner
    }

    /// What was called so far.
    public var trace: [String] { state.withLock { $0.trace } }

    /// Whether the call was reached.
    public var happened: Bool { state.withLock { place > 0 && $0.calls >= place } }

    func call<Result>(
        _ label: String, changes: Bool = true, _ body: () async throws -> Result
    ) async throws -> Result {
        let isHere = try state.withLock { state in
            if state.isDead { throw Crash() }
            guard changes || manner == .failure else { return false }
            state.calls += 1
            state.trace.append(label)
            guard state.calls == place else { return false }
            state.isDead = manner == .crashAfter
            if manner == .failure {
                throw PluginFailure(.transient, code: "test.broken", message: "\(label) broke.", remedy: "Go on.")
            }
            return true
        }
        let result = try await body()
        if isHere { throw Crash() }
        return result
    }
}

/// A tree whose calls may break.
public struct BreakingTree: FileTree {
    private let base: any FileTree
    private let breakage: Breakage
    /// Called after each call that changes something: where a reader could look.
    private let observe: @Sendable () async throws -> Void

    public init(
        _ base: any FileTree, _ breakage: Breakage, observe: @escaping @Sendable () async throws -> Void = {}
    ) {
        self.base = base
        self.breakage = breakage
        self.observe = observe
    }

    public func kind(of path: String) async throws -> FileKind? {
        try await breakage.call("kind \(path)", changes: false) { try await base.kind(of: path) }
    }

    public func names(in directory: String) async throws -> [String]? {
        try await breakage.call("names \(directory)", changes: false) { try await base.names(in: directory) }
    }

    public func read(_ path: String, limit: Int) async throws -> Secret? {
        try await breakage.call("read \(path)", changes: false) { try await base.read(path, limit: limit) }
    }

    public func write(_ files: [NewFile]) async throws {
        // One call each: a real tree may end between two files.
        for file in files { try await change("write \(file.path)") { try await base.write([file]) } }
    }

    public func copy(_ source: String, to path: String) async throws {
        try await change("copy \(source) \(path)") { try await base.copy(source, to: path) }
    }

    public func makeDirectory(_ path: String, mode: UInt32) async throws -> Bool {
        try await change("makeDirectory \(path)") { try await base.makeDirectory(path, mode: mode) }
    }

    public func setMode(_ mode: UInt32, ofDirectory path: String) async throws {
        try await change("setMode \(path)") { try await base.setMode(mode, ofDirectory: path) }
    }

    public func rename(_ source: String, to path: String) async throws -> Bool {
        try await change("rename \(source) \(path)") { try await base.rename(source, to: path) }
    }

    public func link(_ path: String, to destination: String) async throws -> Bool {
        try await change("link \(path) \(destination)") { try await base.link(path, to: destination) }
    }

    public func synchronize(_ directory: String) async throws {
        try await change("synchronize \(directory)") { try await base.synchronize(directory) }
    }

    public func remove(_ path: String) async throws {
        try await change("remove \(path)") { try await base.remove(path) }
    }

    private func change<Result>(_ label: String, _ body: () async throws -> Result) async throws -> Result {
        let result = try await breakage.call(label, body)
        try await observe()
        return result
    }
}

/// A journal in memory, whose calls may break; what it holds survives.
public final class MemoryJournal: Journal {
    private let breakage: Breakage
    private let kept = Mutex<[(Step, Handle)]>([])

    public init(_ breakage: Breakage = Breakage()) { self.breakage = breakage }

    public var entries: [(Step, Handle)] { kept.withLock { $0 } }
    public var newest: Handle? { entries.last?.1 }

    public func record(_ step: Step, _ handle: Handle) async throws {
        try await breakage.call("journal \(step.rawValue)") { kept.withLock { $0.append((step, handle)) } }
    }

    public func note(_ text: String) {}
}
