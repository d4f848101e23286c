import Foundation
import PluginKit

/// The dry run: connects, logs in, and looks what would make a publication fail. Changes nothing.
struct TargetCheck: Sendable {
    /// With less free space than this a publication may fail, in bytes.
    private static let scarce: UInt64 = 1 << 20

    let delivery: Delivery
    let options: FileOptions
    let tree: SFTPTree

    func report() async throws -> CheckReport {
        let destination = tree.destination
        var findings: [CheckReport.Finding] = [
            .init(.fact, "\(destination.user) is let in at \(destination.shown), whose host key is the right one.")
        ]
        findings += modes()
        do {
            findings.append(try await oneStep())
            findings += try await place()
            findings += try await accounts()
            try await FileLayout(options, tree: tree).check(delivery)
            if case .unreadable(let words) = try await FileLayout(options, tree: tree).inspect() {
                findings.append(.init(.warning, words, remedy: "The next publication replaces it."))
            }
        } catch let failure as PluginFailure {
            findings.append(.init(.problem, failure.message, remedy: failure.remedy))
        }
        return CheckReport(findings)
    }

    private func modes() -> [CheckReport.Finding] {
        options.files.filter { $0.content.isPrivate && $0.mode & 0o007 != 0 }.map { file in
            .init(
                .warning,
                "\(file.name) holds the private key, and its mode 0\(String(file.mode, radix: 8)) lets every user at "
                    + "it.", remedy: "Set `mode: \"0640\"` and a `group`, or \"0600\" and an `owner`.")
        }
    }

    private func oneStep() async throws -> CheckReport.Finding {
        if try await tree.offers(.replace) { return .init(.fact, "Files are replaced in one step.") }
        if try await tree.replacesInOneStep() {
            return .init(.fact, "Files are replaced in one step, by `mv -fT` over a command.")
        }
        let failure = SFTPFailure.notAtomic(tree.destination.shown)
        guard !tree.manner.insistsOnOneStep else { return .init(.problem, failure.message, remedy: failure.remedy) }
        return .init(
            .warning, "Files can't be replaced in one step (atomic: false): readers may find none for a moment.",
            remedy: failure.remedy)
    }

    private func place() async throws -> [CheckReport.Finding] {
        let isThere = try await tree.isThere("")
        let root = tree.root
        let above = root.lastIndex(of: "/").map { String(root[..<$0]) } ?? ""
        let place = isThere ? root : above.isEmpty ? "/" : above
        var findings: [CheckReport.Finding] = [.init(.fact, "\(root) \(isThere ? "is there" : "will be made").")]
        let hasRoom = if isThere || place == "/" { true } else { try await exists(place) }
        guard hasRoom else {
            let failure = SFTPFailure.answered(.missing, .makeDirectory, root, nil)
            return [.init(.problem, failure.message, remedy: failure.remedy)]
        }
        if let told = try await mayWrite(place) { findings.append(told) }
        guard try await tree.offers(.fileSystem),
            case .fileSystem(let free, let names, let isReadOnly)? = try await tree.ask([.fileSystem(place)]).first
        else { return findings }
        if isReadOnly {
            let room = SFTPFailure.Room(free: free, names: names, isReadOnly: true)
            let failure = SFTPFailure.answered(.failure, .write, place, room)
            findings.append(.init(.problem, failure.message, remedy: failure.remedy))
        } else if free < Self.scarce || names < 16 {
            findings.append(
                .init(
                    free == 0 || names == 0 ? .problem : .warning,
                    "The file system of \(place) has \(free) bytes and \(names) inodes left.",
                    remedy: "Free some space there."))
        }
        return findings
    }

    private func exists(_ place: String) async throws -> Bool {
        if case .attributes? = try await tree.ask([.lookAt(place)]).first { true } else { false }
    }

    /// SFTP has no way to ask; a command has.
    private func mayWrite(_ place: String) async throws -> CheckReport.Finding? {
        guard let line = CommandLine.quoted(["test", "-w", place, "-a", "-x", place]) else { return nil }
        do {
            let told = try await tree.session.run(line, timeout: tree.destination.timeout)
            guard case .exited(1) = told.ending else { return nil }
            let failure = SFTPFailure.answered(.denied, .write, place, nil)
            return .init(.problem, failure.message, remedy: failure.remedy)
        } catch let problem as SSHProblem {
            guard problem.kind == .refused else {
                throw SFTPFailure.connection(problem, tree.destination, "run a command on")
            }
            return .init(
                .fact, "Commands can't be run there, so nobody can tell beforehand whether \(place) may be written to.")
        }
    }

    private func accounts() async throws -> [CheckReport.Finding] {
        var findings: [CheckReport.Finding] = []
        let names = options.files.flatMap { [($0.owner, SFTPTree.Account.user), ($0.group, .group)] }
        for case (let name?, let account) in names {
            do {
                _ = try await tree.number(of: account, name)
            } catch let failure as PluginFailure {
                findings.append(.init(.problem, failure.message, remedy: failure.remedy))
            }
        }
        return findings
    }
}
