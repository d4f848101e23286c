import CLinux
import Foundation
import PluginKit

/// Takes over what a file has besides content, owner and mode: user attributes, ACL, security label.
struct ExtendedAttributes {
    private let kernel: Kernel

    init(_ kernel: Kernel) { self.kernel = kernel }

    /// - Parameter mode: what the ACL is adapted to; nil takes it over as it is.
    /// - Returns: whether there was an ACL; its group bits are the mask, so that no mode must be set after it.
    @discardableResult
    func copy(
        from source: borrowing Descriptor, _ shownSource: String, to target: Int32, _ shownTarget: String,
        asMode mode: UInt32?
    ) throws -> Bool {
        try source.lend { source in
            for name in try names(source, shownSource) where Self.isKept(name) {
                guard let value = try value(of: name, source, shownSource),
                    try self.value(of: name, target, shownTarget) != value
                else { continue }
                try set(name, value, target, shownTarget)
            }
            guard let list = try value(of: AccessList.attribute, source, shownSource) else {
                // The directory's default ACL gave the new file one that the old has not.
                if try value(of: AccessList.attribute, target, shownTarget) != nil {
                    try remove(AccessList.attribute, target, shownTarget)
                }
                return false
            }
            guard let parsed = AccessList(list) else { throw FilesystemFailure.badAccessList(shownSource) }
            try set(AccessList.attribute, (mode.map(parsed.adapted) ?? parsed).bytes, target, shownTarget)
            return true
        }
    }

    /// What belongs to the file itself. Left out is what speaks of its content (integrity hashes, capabilities) or
    /// of a layer below (overlay).
    private static func isKept(_ name: String) -> Bool {
        name.hasPrefix("user.") || name == "security.selinux" || name.hasPrefix("security.SMACK64")
            || (name.hasPrefix("trusted.") && !name.hasPrefix("trusted.overlay."))
    }

    private func names(_ descriptor: Int32, _ path: String) throws -> [String] {
        var buffer = [CChar](repeating: 0, count: 65_536)  // the longest list that Linux gives
        let count = try kernel.call(.readAttribute, path, unless: ENOTSUP) {
            flistxattr(descriptor, &buffer, buffer.count)
        }
        return buffer.prefix(count ?? 0).split(separator: 0).map {
            String(decoding: $0.lazy.map(UInt8.init(bitPattern:)), as: UTF8.self)
        }
    }

    private func value(of name: String, _ descriptor: Int32, _ path: String) throws -> [UInt8]? {
        let size = try kernel.call(.readAttribute, path, unless: ENODATA, ENOTSUP) {
            fgetxattr(descriptor, name, nil, 0)
        }
        guard let size else { return nil }
        var value = [UInt8](repeating: 0, count: size)
        let count = try kernel.call(.readAttribute, path, unless: ENODATA) {
            fgetxattr(descriptor, name, &value, value.count)
        }
        return count.map { Array(value.prefix($0)) }
    }

    private func set(_ name: String, _ value: [UInt8], _ descriptor: Int32, _ path: String) throws {
        try kernel.call(.setAttribute, path) { fsetxattr(descriptor, name, value, value.count, 0) }
    }

    private func remove(_ name: String, _ descriptor: Int32, _ path: String) throws {
        try kernel.call(.setAttribute, path, unless: ENODATA) { fremovexattr(descriptor, name) }
    }
}
