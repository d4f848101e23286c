import Foundation
import PluginKit

/// Users and groups of this machine, by name or number.
enum Accounts {
    /// - Throws: `PluginFailure` (`configuration`) for a name that does not exist.
    static func user(_ name: String) throws -> uid_t {
        try lookUp("user", name) { buffer in
            var entry = passwd()
            var found: UnsafeMutablePointer<passwd>?
            let error = getpwnam_r(name, &entry, &buffer, buffer.count, &found)
            return (error, found?.pointee.pw_uid)
        }
    }

    /// - Throws: `PluginFailure` (`configuration`) for a name that does not exist.
    static func group(_ name: String) throws -> gid_t {
        try lookUp("group", name) { buffer in
            var entry = Glibc.group()
            var found: UnsafeMutablePointer<Glibc.group>?
            let error = getgrnam_r(name, &entry, &buffer, buffer.count, &found)
            return (error, found?.pointee.gr_gid)
        }
    }

    private static func lookUp(
        _ kind: String, _ name: String, _ read: (inout [CChar]) -> (Int32, UInt32?)
    ) throws -> UInt32 {
        if let number = UInt32(name), number != .max { return number }  // the highest means "as it is" to chown(2)
        var buffer = [CChar](repeating: 0, count: 4096)
        while true {
            let (error, id) = read(&buffer)
            switch error {
            case 0, ENOENT, ESRCH, EBADF, EPERM:
                // Which of these a module answers for a name that does not exist differs (getpwnam(3)).
                guard let id else { throw FilesystemFailure.unknownAccount(kind, name) }
                return id
            case EINTR: continue
            case ERANGE where buffer.count < 1 << 20:  // a group with many members
                buffer = [CChar](repeating: 0, count: buffer.count * 4)
            default: throw FilesystemFailure.accountsUnavailable(kind, name, error)
            }
        }
    }
}
