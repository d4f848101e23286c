import Foundation
import PluginKit

/// The failures of this publisher, worded in one place.
enum FilesystemFailure {
    /// What a system call answered.
    static func system(_ error: Int32, _ call: Kernel.Call, _ path: String) -> PluginFailure {
        let cause = String(cString: strerror(error))
        let message = "Could not \(call.rawValue) \(path): \(cause)."
        func failure(_ kind: FailureClass, _ code: String, _ remedy: String) -> PluginFailure {
            PluginFailure(kind, code: "filesystem.\(code)", message: message, remedy: remedy)
        }
        switch error {
        case ENOSPC:
            return failure(
                .transient, "no-space", "Free some space or inodes on its file system; nothing was switched.")
        case EDQUOT:
            return failure(.transient, "quota", "Raise the quota of the user that runs certflow, or free space.")
        case EIO:
            return failure(.transient, "io-error", "Check the disk (`dmesg`); what was written is thrown away.")
        case EROFS:
            return failure(.configuration, "read-only", "Mount its file system writable (`mount -o remount,rw`).")
        case EACCES, EPERM:
            return failure(
                .configuration, "permission-denied",
                call == .setOwner
                    ? "Only root may give files away: run certflow as root, or leave out `owner` and `group`."
                    : "Let the user that runs certflow do that there, or name another directory.")
        case ENOENT, ENOTDIR:
            return failure(.configuration, "missing", "Make the directory that it stands in, or correct the path.")
        case ENAMETOOLONG, EINVAL, EILSEQ:
            return failure(.configuration, "bad-path", "Choose a shorter or simpler name.")
        case EXDEV, EBUSY:
            return failure(
                .configuration, "mount-point", "A mounted file or directory can't be replaced: mount the one above it.")
        case ELOOP: return failure(.policy, "planted-link", "Links are not followed there: remove it.")
        default:
            return failure(.transient, "failed", "It is tried again; look into the system's log if that does not help.")
        }
    }

    static func plantedLink(_ path: String, to destination: String) -> PluginFailure {
        PluginFailure(
            .policy, code: "filesystem.planted-link",
            message: "\(path) is a link to \(destination), made by or open to others, so it is not followed.",
            remedy: "Name the place itself in the profile, or have root make the link in a directory of root's.")
    }

    static func tooManyLinks(_ path: String) -> PluginFailure {
        PluginFailure(
            .policy, code: "filesystem.planted-link", message: "\(path) leads through too many links.",
            remedy: "Name the place itself in the profile.")
    }

    static func unsafeDirectory(_ path: String, _ cause: String, remedy: String) -> PluginFailure {
        PluginFailure(
            .policy, code: "filesystem.unsafe-directory",
            message: "\(path) \(cause): others could put links or files in certflow's way.", remedy: remedy)
    }

    static func notADirectory(_ path: String) -> PluginFailure {
        PluginFailure(
            .configuration, code: "filesystem.not-a-directory", message: "\(path) is not a directory.",
            remedy: "Move it away, or correct the path in the profile.")
    }

    static func notAFile(_ path: String, _ what: String) -> PluginFailure {
        PluginFailure(
            .policy, code: "filesystem.not-a-file", message: "\(path) is \(what), not a regular file.",
            remedy: "Move it away, or name another file in the profile.")
    }

    static func hardLink(_ path: String, names: UInt) -> PluginFailure {
        PluginFailure(
            .policy, code: "filesystem.hard-link",
            message: "\(path) has \(names) names (hard links), so it may be somebody else's file as well.",
            remedy: "Replace it by a copy of its own: `cp -p \(path) \(path).new && mv \(path).new \(path)`.")
    }

    static func tooLarge(_ path: String, limit: Int) -> PluginFailure {
        PluginFailure(
            .conflict, code: "filesystem.too-large", message: "\(path) has more than \(limit) bytes.",
            remedy: "Look what it is; certflow did not write it.")
    }

    static func unknownAccount(_ kind: String, _ name: String) -> PluginFailure {
        PluginFailure(
            .configuration, code: "filesystem.unknown-\(kind)", message: "There is no \(kind) \(name) on this machine.",
            remedy: "Create it, or correct the profile.")
    }

    static func accountsUnavailable(_ kind: String, _ name: String, _ error: Int32) -> PluginFailure {
        PluginFailure(
            .transient, code: "filesystem.accounts-unavailable",
            message: "The \(kind) \(name) could not be looked up: \(String(cString: strerror(error))).",
            remedy: "Check the machine's name service (nsswitch.conf), or give a number instead of a name.")
    }

    static func badAccessList(_ path: String) -> PluginFailure {
        PluginFailure(
            .configuration, code: "filesystem.bad-acl", message: "The ACL of \(path) can't be read.",
            remedy: "Look at it with `getfacl \(path)`, and set it anew.")
    }

    static func badPath(_ path: String) -> PluginFailure {
        PluginFailure(
            .bug, code: "filesystem.bad-path", message: "The path \(path) leaves its directory or is malformed.",
            remedy: "Report this to the authors of certflow.")
    }
}
