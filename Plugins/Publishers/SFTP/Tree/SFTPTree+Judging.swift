import Foundation
import PluginKit

/// What stands on the way to a path, and what the answers mean.
extension SFTPTree {
    func shown(_ path: String) -> String {
        if path.isEmpty { return root }
        return root == "/" ? "/\(path)" : "\(root)/\(path)"
    }

    /// The directory that holds `path`.
    static func parent(of path: String) -> String {
        path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[..<$0]) } ?? ""
    }

    /// The directories above `path`, the root first, that nobody has looked at yet.
    func unjudged(above path: String) throws -> [String] {
        guard !path.isEmpty else { return [] }
        var above: [String] = [""]
        var current = ""
        let names = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .map { String(Substring($0)) }
        for name in names {
            guard !name.isEmpty, name != ".", name != "..", !name.utf8.contains(0) else {
                throw SFTPFailure.badPath(shown(path))
            }
            current = current.isEmpty ? name : "\(current)/\(name)"
            above.append(current)
        }
        return above.dropLast().filter { judged[$0] == nil }
    }

    /// - Parameter answers: begins with what the server said of each of `directories`.
    /// - Returns: false where one is missing.
    /// - Throws: `PluginFailure` where one is a link, or no directory.
    func judge(_ directories: [String], _ answers: [SFTPAnswer]) async throws -> Bool {
        for (directory, answer) in zip(directories, answers) {
            guard let found = try await attributes(answer, directory) else { return false }
            try accept(found, as: directory)
        }
        return true
    }

    func accept(_ found: RemoteAttributes, as directory: String) throws {
        switch found.kind {
        case .directory: judged[directory] = found
        case .link: throw SFTPFailure.plantedLink(shown(directory))
        default: throw SFTPFailure.notADirectory(shown(directory))
        }
    }

    /// Before something is changed in it.
    func requireParent(of path: String) async throws {
        let parents = try unjudged(above: path)
        guard !parents.isEmpty else { return }
        guard try await judge(parents, ask(parents.map { .lookAt(shown($0)) })) else {
            throw SFTPFailure.answered(.missing, .open, shown(Self.parent(of: path)), nil)
        }
    }

    /// Whether a directory is there, and no link.
    func isThere(_ directory: String) async throws -> Bool {
        let unjudged = try unjudged(above: directory) + (judged[directory] == nil ? [directory] : [])
        if unjudged.isEmpty { return true }
        return try await judge(unjudged, ask(unjudged.map { .lookAt(shown($0)) }))
    }

    /// - Returns: nil where nothing is there.
    func attributes(_ answer: SFTPAnswer?, _ path: String) async throws -> RemoteAttributes? {
        switch answer {
        case .attributes(let found): return found
        case .status(.missing): return nil
        default: throw try await failure(answer, .look, path)
        }
    }

    /// A name in a directory, as a server may give it. One that is none could lead elsewhere.
    func isEntry(_ name: String, of directory: String) throws -> Bool {
        if name == "." || name == ".." { return false }
        guard !name.isEmpty, !name.utf8.contains(where: { $0 == 0 || $0 == UInt8(ascii: "/") }) else {
            throw SFTPFailure.badPath(shown(directory))
        }
        return true
    }

    /// What an answer that should have been another one means. A server that says no more than "failure" is asked how
    /// the file system is.
    func failure(_ answer: SFTPAnswer?, _ doing: SFTPFailure.Doing, _ path: String) async throws -> PluginFailure {
        guard case .status(let status)? = answer else {
            return SFTPFailure.connection(SSHProblem(.violation, "an answer of the wrong kind"), destination, "work on")
        }
        var room: SFTPFailure.Room?
        if status == .failure, try await offers(.fileSystem) {
            let place = path.isEmpty ? String(root.prefix(upTo: root.lastIndex(of: "/") ?? root.startIndex)) : root
            let asked = try? await ask([.fileSystem(place.isEmpty ? "/" : place)]).first
            if case .fileSystem(let free, let names, let isReadOnly)? = asked {
                room = SFTPFailure.Room(free: free, names: names, isReadOnly: isReadOnly)
            }
        }
        return SFTPFailure.answered(status, doing, shown(path), room)
    }

    func noteOpened(_ answer: SFTPAnswer?, _ directory: String) {
        guard case .handle(let handle)? = answer else { return }
        if let before = toSync.updateValue(handle, forKey: directory) { closeLater(before) }
    }
}
