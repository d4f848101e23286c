import Foundation
import PluginKit

/// Putting something in the place of something else.
extension SFTPTree {
    func rename(_ source: String, to path: String) async throws -> Bool {
        forgetSeen()
        try await requireParent(of: source)
        try await requireParent(of: path)
        let isDirectory = judged[source] != nil
        let moved = try await replace(path, by: source)
        forget(source)
        if !isDirectory { forget(path) }
        return moved
    }

    func link(_ path: String, to destination: String) async throws -> Bool {
        forgetSeen()
        try await requireParent(of: path)
        let directory = Self.parent(of: path)
        let name = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[$0...].dropFirst()) } ?? path
        // Only whom the directory's owner trusts may add names here, so a fixed name is safe, and what a crash leaves is
        // used again.
        let new = (directory.isEmpty ? "" : directory + "/") + ".certflow-link-\(name)"
        let answers = try await ask([
            .remove(shown(new)), .makeLink(shown(new), to: destination), .readLink(shown(new)),
        ])
        guard case .status(.done)? = answers.dropFirst().first else {
            throw try await failure(answers.dropFirst().first, .makeLink, path)
        }
        guard case .names(let names)? = answers.last, names.first == destination else {
            throw SFTPFailure.answered(.unsupported, .makeLink, shown(path), nil)
        }
        return try await replace(path, by: new)
    }

    /// - Throws: `PluginFailure` (`configuration`) where a replacement can't be one step and has to be.
    func requireOneStep() async throws {
        guard manner.insistsOnOneStep, try await !replacesInOneStep() else { return }
        throw SFTPFailure.notAtomic(destination.shown)
    }

    /// Whether what is there can be replaced so that readers find the old or the new one at any time.
    func replacesInOneStep() async throws -> Bool {
        if try await offers(.replace) { return true }
        return try await movesByCommand()
    }

    // MARK: Steps

    /// - Returns: whether readers saw one step.
    private func replace(_ path: String, by source: String) async throws -> Bool {
        let (place, origin) = (shown(path), shown(source))
        if try await offers(.replace) {
            try await switching(path, .replace(place, by: origin))
            return true
        }
        let there = try await ask([.lookAt(place)]).first
        guard try await attributes(there, path) != nil else {
            try await switching(path, .rename(origin, to: place))
            return true
        }
        if try await movesByCommand() {
            try await moveByCommand(origin, to: place, path)
            return true
        }
        guard !manner.insistsOnOneStep else { throw SFTPFailure.notAtomic(destination.shown) }
        try await swap(path, place, origin)
        return false
    }

    /// Asks for what readers see, and opens the directory for the sync that usually follows.
    private func switching(_ path: String, _ request: SFTPRequest) async throws {
        let directory = Self.parent(of: path)
        let preparesSync = try await offers(.synchronize) && canSyncDirectories && toSync[directory] == nil
        let requests = [request] + (preparesSync ? [.open(shown(directory), .read)] : [])
        let answers: [SFTPAnswer]
        do {
            answers = try await session.ask(requests)
        } catch let problem as SSHProblem {
            throw broken(problem, path)
        }
        if preparesSync { noteOpened(answers.last, directory) }
        guard case .status(.done)? = answers.first else { throw try await failure(answers.first, .rename, path) }
    }

    /// What is not in the tree's root is certflow's own: whether it moved is nothing that readers notice.
    private func broken(_ problem: SSHProblem, _ path: String) -> PluginFailure {
        path.contains("/")
            ? SFTPFailure.connection(problem, destination, "work on")
            : SFTPFailure.unknownOutcome(problem, shown(path), destination.shown)
    }

    /// The old one steps aside, so that it can come back where the new one can't take its place.
    private func swap(_ path: String, _ place: String, _ origin: String) async throws {
        // A name of its own for each: sets that share a directory may be switched at the same time.
        let parent = Self.parent(of: path)
        let name = parent.isEmpty ? path : String(path.dropFirst(parent.count + 1))
        let aside = shown(parent.isEmpty ? ".certflow-old-\(name)" : "\(parent)/.certflow-old-\(name)")
        _ = try await ask([.remove(aside)])
        try await switching(path, .rename(place, to: aside))
        do {
            try await switching(path, .rename(origin, to: place))
        } catch {
            _ = try? await ask([.rename(aside, to: place)])
            throw error
        }
        _ = try? await ask([.remove(aside)])
    }

    // MARK: By a command

    private static let moveTimeout = Duration.seconds(30)

    /// GNU's `mv`, which alone has `-T`: without it a directory in the way would be moved into.
    private func movesByCommand() async throws -> Bool {
        if let canMoveByCommand { return canMoveByCommand }
        var can = false
        do {
            let told = try await session.run("mv --version", timeout: min(destination.timeout, Self.moveTimeout))
            can = told.succeeded && told.output.contains("coreutils")
        } catch let problem as SSHProblem {
            guard problem.kind == .refused else {
                throw SFTPFailure.connection(problem, destination, "run a command on")
            }
        }
        canMoveByCommand = can
        return can
    }

    private func moveByCommand(_ origin: String, to place: String, _ path: String) async throws {
        guard let line = CommandLine.quoted(["mv", "-fT", "--", origin, place]) else {
            throw SFTPFailure.badPath(place)
        }
        do {
            let told = try await session.run(line, timeout: min(destination.timeout, Self.moveTimeout))
            switch told.ending {
            case .exited(0): return
            case .exited: throw SFTPFailure.moveFailed(place, told.output)
            case .signalled, .timedOut: throw broken(SSHProblem(.timedOut, "mv did not come to its end"), path)
            }
        } catch let problem as SSHProblem where problem.kind == .refused {
            // It never ran.
            throw SFTPFailure.connection(problem, destination, "run a command on")
        } catch let problem as SSHProblem {
            throw broken(problem, path)
        }
    }
}
