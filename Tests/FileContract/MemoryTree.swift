import Foundation
import PluginKit
import Synchronization

/// A file tree in memory that knows what a power cut would leave of it.
///
/// Content is durable once written, as the contract says; a name is durable after the sync of its directory. `images`
/// are the trees that a cut may leave: all that is durable, and some of the rest.
public final class MemoryTree: FileTree {
    private enum Node {
        case file([UInt8])
        case directory
        case link(String)
    }

    private enum Change {
        case put(Node)
        case move(to: String)
        case remove
        case mode
    }

    private struct Entry {
        var path: String
        var change: Change
        var isDurable = false

        /// Whether the sync of `directory` makes it durable.
        func lies(in directory: String) -> Bool {
            switch change {
            case .move(let to): MemoryTree.parent(of: path) == directory || MemoryTree.parent(of: to) == directory
            case .mode: path == directory
            case .put, .remove: MemoryTree.parent(of: path) == directory
            }
        }
    }

    private struct State {
        /// What is durable, and what is known not to change any more.
        var base: [String: Node] = [:]
        var log: [Entry] = []
        var now: [String: Node] = [:]
    }

    private let state: Mutex<State>

    public convenience init() { self.init(State()) }

    private init(_ state: State) { self.state = Mutex(state) }

    // MARK: After the end of a run

    /// The tree as a crash of the program leaves it: all is there, but what was not durable still is not.
    public func afterCrash() -> MemoryTree { MemoryTree(state.withLock { $0 }) }

    /// Every tree that a power cut may leave: the changes that are not durable lost from some point on, or one of them
    /// lost, or all.
    public func afterPowerCut() -> [MemoryTree] {
        state.withLock { state in
            let pending = state.log.indices.filter { !state.log[$0].isDurable }
            var lost: [Set<Int>] = []
            for index in pending {
                lost.append([index])
                lost.append(Set(pending.filter { $0 >= index }))
            }
            return lost.map { lost in
                var nodes = state.base
                for index in state.log.indices where !lost.contains(index) { Self.apply(state.log[index], to: &nodes) }
                return MemoryTree(State(base: nodes, now: nodes))
            }
        }
    }

    /// This tree, and all that may be left of it.
    public var world: FileContract.World {
        .init(tree: self) {
            let cut = self.afterPowerCut().map(\.world).map { world in
                FileContract.World(tree: world.tree, isWhole: false, remains: world.remains)
            }
            return [self.afterCrash().world] + cut
        }
    }

    // MARK: FileTree

    public func kind(of path: String) async throws -> FileKind? {
        switch node(path) {
        case nil: nil
        case .file(let bytes): .file(bytes.count)
        case .directory: .directory
        case .link(let destination): .link(destination)
        }
    }

    public func names(in directory: String) async throws -> [String]? {
        guard let node = node(directory) else { return nil }
        guard case .directory = node else { throw Self.failure("\(directory) is no directory") }
        return state.withLock { state in
            let inside = directory.isEmpty ? "" : directory + "/"
            return state.now.keys.filter { path in
                path.utf8.count > inside.utf8.count && path.hasPrefix(inside) && Self.parent(of: path) == directory
            }.map(Self.name).sorted()
        }
    }

    public func read(_ path: String, limit: Int) async throws -> Secret? {
        guard let node = node(path) else { return nil }
        guard case .file(let bytes) = node, bytes.count <= limit else { throw Self.failure("can't read \(path)") }
        return Secret(bytes)
    }

    public func write(_ files: [NewFile]) async throws {
        for file in files { try change(file.path, .put(.file(file.bytes.withBytes { Array($0) }))) }
    }

    public func copy(_ source: String, to path: String) async throws {
        guard let node = node(source), case .file = node else { throw Self.failure("\(source) is no file") }
        try change(path, .put(node))
    }

    public func makeDirectory(_ path: String, mode: UInt32) async throws -> Bool {
        if node(path) != nil { return false }
        try change(path, .put(.directory))
        if path.isEmpty { markDurable { $0.path.isEmpty } }
        return true
    }

    public func setMode(_ mode: UInt32, ofDirectory path: String) async throws { try change(path, .mode) }

    public func rename(_ source: String, to path: String) async throws -> Bool {
        guard node(source) != nil else { throw Self.failure("\(source) is missing") }
        if case .directory = node(path) { throw Self.failure("\(path) is a directory") }
        try change(source, .move(to: path))
        return true
    }

    public func link(_ path: String, to destination: String) async throws -> Bool {
        switch node(path) {
        case nil, .link: try change(path, .put(.link(destination)))
        default: throw Self.failure("\(path) is no link")
        }
        return true
    }

    public func synchronize(_ directory: String) async throws {
        guard case .directory = node(directory) else { throw Self.failure("\(directory) is no directory") }
        markDurable { $0.lies(in: directory) }
    }

    public func remove(_ path: String) async throws {
        if node(path) != nil { try change(path, .remove) }
    }

    // MARK: The nodes, by their paths

    private static func parent(of path: String) -> String {
        path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[..<$0]) } ?? ""
    }

    private static func name(of path: String) -> String {
        path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[$0...].dropFirst()) } ?? path
    }

    private static func failure(_ message: String) -> PluginFailure {
        PluginFailure(.bug, code: "memory.misuse", message: message, remedy: "Mend the layout.")
    }

    private func node(_ path: String) -> Node? { state.withLock { $0.now[path] } }

    private func change(_ path: String, _ change: Change) throws {
        let entry = Entry(path: path, change: change)
        let applied = state.withLock { state in
            guard Self.apply(entry, to: &state.now) else { return false }
            state.log.append(entry)
            return true
        }
        guard applied else { throw Self.failure("the directory of \(path) is missing") }
    }

    private func markDurable(_ matches: (Entry) -> Bool) {
        state.withLock { state in
            for index in state.log.indices where matches(state.log[index]) { state.log[index].isDurable = true }
            let settled = state.log.prefix { $0.isDurable }
            for entry in settled { Self.apply(entry, to: &state.base) }
            state.log.removeFirst(settled.count)
        }
    }

    /// - Returns: false where the change makes no sense (any more).
    @discardableResult
    private static func apply(_ entry: Entry, to nodes: inout [String: Node]) -> Bool {
        switch entry.change {
        case .put(let node):
            guard isDirectory(parent(of: entry.path), nodes) || entry.path.isEmpty else { return false }
            nodes[entry.path] = node
        case .remove: take(entry.path, from: &nodes)
        case .move(let to):
            guard nodes[entry.path] != nil, isDirectory(parent(of: to), nodes) else { return false }
            for (path, node) in take(entry.path, from: &nodes) { nodes[to + path.dropFirst(entry.path.count)] = node }
        case .mode: break
        }
        return true
    }

    private static func isDirectory(_ path: String, _ nodes: [String: Node]) -> Bool {
        if case .directory = nodes[path] { true } else { false }
    }

    @discardableResult
    private static func take(_ path: String, from nodes: inout [String: Node]) -> [String: Node] {
        var taken: [String: Node] = [:]
        if case .directory = nodes[path] {
            let inside = path + "/"
            taken = nodes.filter { $0.key.hasPrefix(inside) }
        }
        for inner in taken.keys { nodes[inner] = nil }
        taken[path] = nodes.removeValue(forKey: path)
        return taken
    }
}
