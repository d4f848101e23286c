import CLinux
import Foundation
import PluginKit

/// Who may own and change the directories on the way to what is published.
///
/// Everything there is trusted not to move under certflow's feet: so only root, the user that runs certflow, and whom
/// the profile names besides. A directory that others may write to is refused, with one exception: one with the sticky
/// bit (`/tmp`) above the configured directory, since others can't rename or remove there what is root's or ours, and
/// what follows must be.
struct Trust: Sendable {
    let own: uid_t
    private let users: Set<uid_t>
    private let groups: Set<gid_t>

    /// - Parameters:
    ///   - users: trusted besides root and the user that runs certflow.
    ///   - groups: whose members may write in the directories.
    init(users: Set<uid_t> = [], groups: Set<gid_t> = [], own: uid_t = geteuid()) {
        self.own = own
        self.users = users.union([0, own])
        self.groups = groups
    }

    /// Whether a link is one that certflow may follow: root's or our own. Where it lies is judged besides.
    func isOwnLink(_ link: stat) -> Bool { link.st_uid == 0 || link.st_uid == own }

    enum Verdict: Hashable {
        /// Only whom we trust can change what is in it.
        case exclusive
        /// Others may add names, but not touch those that are root's or ours.
        case sticky
    }

    /// - Throws: `PluginFailure` (`policy`) where others could change what is in the directory.
    func judge(_ found: stat, _ descriptor: Int32, _ path: String) throws -> Verdict {
        guard users.contains(found.st_uid) else {
            throw FilesystemFailure.unsafeDirectory(
                path, "belongs to user \(found.st_uid)",
                remedy: "Give it to root (`chown root \(path)`), or name its owner in `trustedUsers`.")
        }
        if found.st_mode & S_IWOTH != 0 {
            guard found.st_mode & S_ISVTX == 0 else { return .sticky }
            throw FilesystemFailure.unsafeDirectory(
                path, "is writable by everybody", remedy: "Take that right away: `chmod o-w \(path)`.")
        }
        guard found.st_mode & S_IWGRP != 0, try !isTrustedGroupWrite(found, descriptor, path) else { return .exclusive }
        guard found.st_mode & S_ISVTX == 0 else { return .sticky }
        throw FilesystemFailure.unsafeDirectory(
            path, "is writable by its group (\(found.st_gid)) or by an ACL",
            remedy: "Take that right away: `chmod g-w \(path)`; or name the group in `trustedGroups`.")
    }

    /// The group bits are the mask where there is an ACL: then each entry that may write must be of someone trusted.
    private func isTrustedGroupWrite(_ found: stat, _ descriptor: Int32, _ path: String) throws -> Bool {
        // By way of /proc, since a descriptor that was opened to look only has no attributes of its own.
        guard let list = try AccessList.read("/proc/self/fd/\(descriptor)", shownAs: path) else {
            return groups.contains(found.st_gid)
        }
        return list.entries.allSatisfy { entry in
            guard entry.permissions & AccessList.write != 0 else { return true }
            switch entry.tag {
            case .user: return users.contains(entry.id)
            case .group: return groups.contains(entry.id)
            case .owningGroup: return groups.contains(found.st_gid)
            case .owner, .mask, .others: return true
            }
        }
    }
}
