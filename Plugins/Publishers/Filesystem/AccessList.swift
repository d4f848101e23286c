import CLinux
import Foundation
import PluginKit

/// A POSIX ACL as the kernel keeps it in an extended attribute (acl(5), linux/posix_acl_xattr.h).
struct AccessList: Equatable {
    enum Tag: UInt16 {
        case owner = 0x01
        case user = 0x02
        case owningGroup = 0x04
        case group = 0x08
        case mask = 0x10
        case others = 0x20
    }

    struct Entry: Equatable {
        var tag: Tag
        /// Read 4, write 2, execute 1.
        var permissions: UInt16
        /// Of `user` and `group` alone.
        var id: UInt32
    }

    static let attribute = "system.posix_acl_access"
    static let write: UInt16 = 2
    private static let version: UInt32 = 2

    var entries: [Entry]

    /// Reads the attribute's value; nil where it is malformed.
    init?(_ bytes: [UInt8]) {
        guard bytes.count >= 4, (bytes.count - 4) % 8 == 0, Self.number(bytes[0..<4]) == Self.version else {
            return nil
        }
        entries = []
        for start in stride(from: 4, to: bytes.count, by: 8) {
            guard let tag = Tag(rawValue: UInt16(truncatingIfNeeded: Self.number(bytes[start..<(start + 2)]))) else {
                return nil
            }
            entries.append(
                Entry(
                    tag: tag,
                    permissions: UInt16(truncatingIfNeeded: Self.number(bytes[(start + 2)..<(start + 4)])),
                    id: Self.number(bytes[(start + 4)..<(start + 8)])))
        }
    }

    /// The attribute's value.
    var bytes: [UInt8] {
        var bytes = Self.little(Self.version, 4)
        for entry in entries {
            bytes += Self.little(UInt32(entry.tag.rawValue), 2) + Self.little(UInt32(entry.permissions), 2)
            bytes += Self.little(entry.id, 4)
        }
        return bytes
    }

    /// This list on a file of mode `mode`: owner, owning group and others may do what `mode` says; the named users and
    /// groups keep what they could do in effect, and nothing more, though the mask may have to grow for the group.
    func adapted(to mode: UInt32) -> AccessList {
        let mask = entries.first { $0.tag == .mask }?.permissions ?? 7
        let group = UInt16(mode >> 3 & 7)
        var adapted = self
        for index in adapted.entries.indices {
            switch adapted.entries[index].tag {
            case .owner: adapted.entries[index].permissions = UInt16(mode >> 6 & 7)
            case .owningGroup: adapted.entries[index].permissions = group
            case .others: adapted.entries[index].permissions = UInt16(mode & 7)
            case .mask: adapted.entries[index].permissions = mask | group
            case .user, .group: adapted.entries[index].permissions &= mask
            }
        }
        return adapted
    }

    /// - Returns: nil where the file has none.
    static func read(_ path: String, shownAs shown: String) throws -> AccessList? {
        var value = [UInt8](repeating: 0, count: 65_536)  // the largest value that Linux keeps
        let count = getxattr(path, attribute, &value, value.count)
        guard count >= 0 else {
            if errno == ENODATA || errno == ENOTSUP { return nil }
            throw FilesystemFailure.system(errno, .readAttribute, shown)
        }
        guard let list = AccessList(Array(value.prefix(count))) else { throw FilesystemFailure.badAccessList(shown) }
        return list
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }

    private static func little(_ number: UInt32, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * UInt32($0))) }
    }
}
