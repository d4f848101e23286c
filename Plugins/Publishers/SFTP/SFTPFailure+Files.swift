import PluginKit

/// Failures of what is done to files there, worded in one place.
extension SFTPFailure {
    /// What was asked of the server, as messages name it.
    enum Doing: String, Sendable {
        case look = "look at"
        case open = "open"
        case list = "list"
        case read = "read"
        case create = "create"
        case write = "write"
        case setAttributes = "set owner or mode of"
        case synchronize = "sync"
        case makeDirectory = "make the directory"
        case makeLink = "make the link"
        case rename = "rename to"
        case remove = "remove"
    }

    /// What the file system of a place has left, where the server tells.
    struct Room: Sendable {
        var free: UInt64
        var names: UInt64
        var isReadOnly: Bool
    }

    static func answered(_ status: SFTPAnswer.Status, _ doing: Doing, _ path: String, _ room: Room?) -> PluginFailure {
        func failure(_ kind: FailureClass, _ code: String, _ cause: String, _ remedy: String) -> PluginFailure {
            PluginFailure(
                kind, code: "sftp.\(code)", message: "Could not \(doing.rawValue) \(path): \(cause).", remedy: remedy)
        }
        switch status {
        case .missing:
            return failure(
                .configuration, "missing", "it, or what it stands in, is not there",
                "Make the directory that it stands in, or correct the path.")
        case .denied:
            return failure(
                .configuration, "permission-denied", "the user there may not",
                doing == .setAttributes
                    ? "Only root may give files away: log in as root, or leave out `owner` and `group`."
                    : "Let the user do that there, or name another directory.")
        case .badMessage: return failure(.configuration, "bad-path", "the name is refused", "Choose a simpler name.")
        case .unsupported:
            return failure(
                .configuration, "unsupported", "the server does not do that", "Use a server like OpenSSH's there.")
        case .noConnection, .connectionLost:
            return failure(.transient, "connection-lost", "the server lost its connection", "It is tried again.")
        case .done, .end, .failure: break
        }
        if let room, room.isReadOnly {
            return failure(
                .configuration, "read-only", "its file system is read-only",
                "Mount it writable (`mount -o remount,rw`).")
        }
        if let room, room.free == 0 || room.names == 0 {
            return failure(
                .transient, "no-space", "its file system is full",
                "Free some space or inodes there; nothing was switched.")
        }
        return failure(
            .transient, "failed", "the server does not say why",
            "Look whether the disk there is full, over quota or read-only, and into the server's log.")
    }

    static func plantedLink(_ path: String) -> PluginFailure {
        PluginFailure(
            .policy, code: "sftp.planted-link", message: "\(path) is a link, and links are not followed there.",
            remedy: "Remove it, or name the place itself in the profile.")
    }

    static func notADirectory(_ path: String) -> PluginFailure {
        PluginFailure(
            .configuration, code: "sftp.not-a-directory", message: "\(path) is not a directory.",
            remedy: "Move it away, or correct the path in the profile.")
    }

    static func notAFile(_ path: String) -> PluginFailure {
        PluginFailure(
            .policy, code: "sftp.not-a-file", message: "\(path) is not a regular file.",
            remedy: "Move it away, or name another file in the profile.")
    }

    static func tooLarge(_ path: String, limit: Int) -> PluginFailure {
        PluginFailure(
            .conflict, code: "sftp.too-large", message: "\(path) has more than \(limit) bytes.",
            remedy: "Look what it is; certflow did not write it.")
    }

    static func tooManyNames(_ path: String) -> PluginFailure {
        PluginFailure(
            .conflict, code: "sftp.too-many-names", message: "\(path) holds more names than certflow reads.",
            remedy: "Look what fills it, or name another directory in the profile.")
    }

    static func changedMeanwhile(_ path: String) -> PluginFailure {
        PluginFailure(
            .conflict, code: "sftp.changed-meanwhile",
            message: "\(path) changed while it was kept for a rollback; nothing was switched.",
            remedy: "See who else writes to that file; it is tried again.")
    }

    static func differs(_ path: String) -> PluginFailure {
        PluginFailure(
            .transient, code: "sftp.read-back-differs",
            message: "\(path) was written, but what was read back is something else; nothing was switched.",
            remedy: "Look at the disk there, and who else writes to that directory.")
    }

    static func badPath(_ path: String) -> PluginFailure {
        PluginFailure(
            .bug, code: "sftp.bad-path", message: "The path \(path) leaves its directory or is malformed.",
            remedy: "Report this to the authors of certflow.")
    }

    static func notAtomic(_ host: String) -> PluginFailure {
        PluginFailure(
            .configuration, code: "sftp.not-atomic",
            message: "\(host) can't replace a file in one step: its SFTP server lacks posix-rename@openssh.com, and "
                + "no GNU `mv` can be run there.",
            remedy: "Allow posix-rename or commands there; or set `atomic: false` in the profile, and readers may "
                + "find no file for a moment.")
    }

    static func moveFailed(_ path: String, _ output: String) -> PluginFailure {
        PluginFailure(
            .transient, code: "sftp.move-failed",
            message: "`mv` could not put the new one in place of \(path): \(output.prefix(300))",
            remedy: "Look whether the user may write there, and whether the disk is full or read-only.")
    }

    static func unknownOutcome(_ problem: SSHProblem, _ path: String, _ host: String) -> PluginFailure {
        PluginFailure(
            .unknownOutcome, code: "sftp.outcome-unknown",
            message: "The connection to \(host) broke while \(path) was switched (\(problem.cause)): it may be the old "
                + "or the new one.",
            remedy: "The target is looked at before anything is repeated.")
    }

    static func unknownAccount(_ kind: String, _ name: String, _ host: String) -> PluginFailure {
        PluginFailure(
            .configuration, code: "sftp.unknown-\(kind)",
            message: "The number of the \(kind) \(name) on \(host) can't be found out.",
            remedy: "Create it there, or give its number in the profile.")
    }

    static func noCommands(_ host: String, _ problem: SSHProblem) -> PluginFailure {
        PluginFailure(
            .configuration, code: "sftp.no-commands", message: "\(host) lets no command be run: \(problem.cause).",
            remedy: "Allow it for the user there, or set `on: here` for test and reload.")
    }

    static func badCommand(_ host: String) -> PluginFailure {
        PluginFailure(
            .configuration, code: "sftp.bad-command", message: "A command for \(host) is empty or holds a NUL byte.",
            remedy: "Correct test and reload in the profile.")
    }
}
