import Foundation
import PluginKit

/// A directory of another machine as a file tree, over one session.
///
/// Version 3 of SFTP knows paths only, so each directory on the way is looked at before anything is changed in it, and
/// links are refused; that whoever may write there does not race us is trusted, as the server is with the files
/// themselves. Names of hard links, ACLs and extended attributes can't be seen. Directories are made durable where the
/// server lets them be opened and synced, as OpenSSH does.
actor SFTPTree: FileTree {
    /// How the profile wants it done.
    struct Manner: Sendable {
        /// Whether what is written is read back and compared.
        var verifies = true
        /// Whether a replacement that is not one step for readers is refused.
        var insistsOnOneStep = true
    }

    /// Of one directory, with what is in it.
    static let mostNames = 100_000
    /// All of them together.
    private static let mostNameBytes = 8 << 20
    /// How deep a directory may be nested that is removed: what certflow makes has two levels.
    private static let deepest = 8

    /// Absolute, without doubled or trailing slashes.
    let root: String
    let manner: Manner
    let session: SSHSession
    let destination: Destination

    /// Directories that were looked at and are no links, by their paths in the tree.
    var judged: [String: RemoteAttributes] = [:]
    /// Directories that were opened to be synced.
    var toSync: [String: SFTPRequest.FileHandle] = [:]
    private var toClose: [SFTPRequest.FileHandle] = []
    /// The file that the last call looked at, if it was one, with its size: who asks for the kind often reads it next.
    private var justSeen: (path: String, size: Int)?
    var canSyncDirectories = true
    var canMoveByCommand: Bool?

    /// The session's: nothing is handed from thread to thread between a question and its answer.
    nonisolated var unownedExecutor: UnownedSerialExecutor { session.unownedExecutor }

    init(root: String, manner: Manner, session: SSHSession, destination: Destination) {
        self.root = root
        self.manner = manner
        self.session = session
        self.destination = destination
    }

    // MARK: Looking

    func kind(of path: String) async throws -> FileKind? {
        justSeen = nil
        if path.isEmpty { return try await isThere("") ? .directory : nil }
        let parents = try unjudged(above: path)
        let answers = try await ask(
            parents.map { .lookAt(shown($0)) } + [.lookAt(shown(path)), .readLink(shown(path))])
        guard try await judge(parents, answers) else { return nil }
        guard let found = try await attributes(answers.dropLast().last, path) else { return nil }
        switch found.kind {
        case .file:
            let size = Int(clamping: found.size ?? 0)
            justSeen = (path, size)
            return .file(size)
        case .directory:
            judged[path] = found
            return .directory
        case .link:
            guard case .names(let names)? = answers.last, let name = names.first else {
                throw try await failure(answers.last, .look, path)
            }
            return .link(name)
        case .other: return .other("a device, FIFO or socket")
        case .untold: return .other("something whose kind the server does not tell")
        }
    }

    func names(in directory: String) async throws -> [String]? {
        justSeen = nil
        let parents = try unjudged(above: directory) + [directory]
        let answers = try await ask(parents.map { .lookAt(shown($0)) } + [.openDirectory(shown(directory))])
        let opened = answers.last
        if case .handle(let handle)? = opened { closeLater(handle) }
        guard try await judge(parents, answers) else { return nil }
        guard case .handle(let handle)? = opened else { throw try await failure(opened, .list, directory) }
        toClose.removeAll { $0 == handle }
        defer { closeLater(handle) }
        var names: [String] = []
        var room = Self.mostNameBytes
        while true {
            for answer in try await ask([.readDirectory(handle), .readDirectory(handle)]) {
                switch answer {
                case .names(let more):
                    guard !more.isEmpty else {
                        throw SFTPFailure.connection(
                            SSHProblem(.violation, "an answer with no names in it"), destination, "work on")
                    }
                    room -= more.reduce(0) { $0 + $1.utf8.count }
                    names += more
                case .status(.end): return try names.filter { try isEntry($0, of: directory) }
                default: throw try await failure(answer, .list, directory)
                }
            }
            guard names.count <= Self.mostNames, room >= 0 else { throw SFTPFailure.tooManyNames(shown(directory)) }
            // Each answer comes in time, and so nothing else would end a list that never does.
            try Task.checkCancellation()
        }
    }

    func read(_ path: String, limit: Int) async throws -> Secret? {
        let size: Int
        if let seen = justSeen, seen.path == path {
            size = seen.size
        } else {
            guard let found = try await file(path) else { return nil }
            size = Int(clamping: found.size ?? 0)
        }
        justSeen = nil
        guard size <= limit else { throw SFTPFailure.tooLarge(shown(path), limit: limit) }
        return try await content(shown(path), size: size)
    }

    /// What is known of a regular file; nil where nothing is there.
    func file(_ path: String) async throws -> RemoteAttributes? {
        let parents = try unjudged(above: path)
        let answers = try await ask(parents.map { .lookAt(shown($0)) } + [.lookAt(shown(path))])
        guard try await judge(parents, answers) else { return nil }
        guard let found = try await attributes(answers.last, path) else { return nil }
        switch found.kind {
        case .file: return found
        case .link: throw SFTPFailure.plantedLink(shown(path))
        default: throw SFTPFailure.notAFile(shown(path))
        }
    }

    // MARK: Directories and removal

    func makeDirectory(_ path: String, mode: UInt32) async throws -> Bool {
        justSeen = nil
        try await requireParent(of: path)
        let place = shown(path)
        let mode = mode & 0o777
        let answers = try await ask([
            .lookAt(place), .makeDirectory(place, RemoteAttributes(permissions: mode)), .lookAt(place),
        ])
        if case .attributes(let found)? = answers.first {
            try accept(found, as: path)
            return false
        }
        guard case .status(.done)? = answers.dropFirst().first, case .attributes(let made)? = answers.last else {
            throw try await failure(answers.dropFirst().first, .makeDirectory, path)
        }
        try accept(made, as: path)
        if (made.permissions ?? 0) & 0o777 != mode { try await setMode(mode, ofDirectory: path) }
        return true
    }

    func setMode(_ mode: UInt32, ofDirectory path: String) async throws {
        justSeen = nil
        guard try await isThere(path), let found = judged[path] else {
            throw SFTPFailure.answered(.missing, .setAttributes, shown(path), nil)
        }
        // Keeps the bit by which new files take over the directory's group.
        let wanted = mode & 0o777 | (found.permissions ?? 0) & 0o2000
        let attributes = RemoteAttributes(permissions: wanted)
        let answer = try await ask([.setAttributes(shown(path), attributes)]).first
        guard case .status(.done)? = answer else { throw try await failure(answer, .setAttributes, path) }
    }

    func synchronize(_ directory: String) async throws {
        justSeen = nil
        guard try await isThere(directory) else {
            throw SFTPFailure.answered(.missing, .synchronize, shown(directory), nil)
        }
        guard canSyncDirectories, try await offers(.synchronize) else { return }
        if toSync[directory] == nil { noteOpened(try await ask([.open(shown(directory), .read)]).first, directory) }
        guard let handle = toSync.removeValue(forKey: directory) else { return canSyncDirectories = false }
        defer { closeLater(handle) }  // not before: what is closed later goes ahead of the next request
        switch try await ask([.synchronize(handle)]).first {
        case .status(.done): return
        case .status(.badMessage), .status(.unsupported): canSyncDirectories = false  // its file system can't
        case let answer: throw try await failure(answer, .synchronize, directory)
        }
    }

    func remove(_ path: String) async throws {
        justSeen = nil
        let parents = try unjudged(above: path)
        let answers = try await ask(parents.map { .lookAt(shown($0)) } + [.lookAt(shown(path))])
        guard try await judge(parents, answers), let found = try await attributes(answers.last, path) else { return }
        var left = Self.mostNames
        try await remove([(path, found)], depth: 0, &left)
    }

    /// All that is in a directory at a time.
    /// - Parameter left: how many more entries may go in the whole removal.
    private func remove(
        _ entries: [(path: String, attributes: RemoteAttributes)], depth: Int, _ left: inout Int
    ) async throws {
        var requests: [SFTPRequest] = []
        for (path, found) in entries {
            guard found.kind == .directory else {
                requests.append(.remove(shown(path)))
                continue
            }
            guard depth < Self.deepest else { throw SFTPFailure.badPath(shown(path)) }
            if depth > 0 { try Task.checkCancellation() }
            let inner = try await names(in: path)?.map { "\(path)/\($0)" } ?? []
            left -= inner.count
            guard left >= 0 else { throw SFTPFailure.tooManyNames(shown(path)) }
            if !inner.isEmpty {
                var inside: [(String, RemoteAttributes)] = []
                for (path, answer) in zip(inner, try await ask(inner.map { .lookAt(shown($0)) })) {
                    if let found = try await attributes(answer, path) { inside.append((path, found)) }
                }
                try await remove(inside, depth: depth + 1, &left)
            }
            forget(path)
            requests.append(.removeDirectory(shown(path)))
        }
        for ((path, _), answer) in zip(entries, try await ask(requests)) {
            switch answer {
            case .status(.done), .status(.missing): continue
            default: throw try await failure(answer, .remove, path)
            }
        }
    }

    // MARK: Asking

    /// - Throws: `PluginFailure` where the session broke, `CancellationError`.
    func ask(_ requests: [SFTPRequest]) async throws -> [SFTPAnswer] {
        let closing = toClose
        toClose = []
        do {
            return try await session.ask(requests, closing: closing)
        } catch let problem as SSHProblem {
            throw SFTPFailure.connection(problem, destination, "work on")
        }
    }

    func offers(_ name: SFTPExtension) async throws -> Bool {
        do {
            return try await session.offers(name)
        } catch let problem as SSHProblem {
            throw SFTPFailure.connection(problem, destination, "work on")
        }
    }

    /// Lets go of what is still open there.
    func finish() async {
        for handle in toSync.values { closeLater(handle) }
        toSync = [:]
        // They go with whatever is asked next, for this tree or another: nobody waits for that.
        if !toClose.isEmpty { _ = try? await session.ask([], closing: toClose) }
        toClose = []
    }

    func closeLater(_ handle: SFTPRequest.FileHandle) { toClose.append(handle) }

    /// What was known of a path and of all below it.
    func forget(_ path: String) {
        judged = judged.filter { $0.key != path && !$0.key.hasPrefix(path + "/") }
        for (directory, handle) in toSync where directory == path || directory.hasPrefix(path + "/") {
            toSync[directory] = nil
            closeLater(handle)
        }
    }

    func forgetSeen() { justSeen = nil }
}
