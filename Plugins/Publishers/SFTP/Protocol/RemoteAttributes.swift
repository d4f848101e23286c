/// What SFTP version 3 tells of a file (draft-ietf-secsh-filexfer-02, section 5).
struct RemoteAttributes: Sendable, Hashable {
    private static let hasSize: UInt32 = 1
    private static let hasOwners: UInt32 = 2
    private static let hasPermissions: UInt32 = 4
    private static let hasTimes: UInt32 = 8
    private static let hasExtended: UInt32 = 0x8000_0000

    var size: UInt64?
    var user: UInt32?
    var group: UInt32?
    /// Type and permission bits, as in `st_mode`.
    var permissions: UInt32?

    init(user: UInt32, group: UInt32) {
        self.user = user
        self.group = group
    }

    init(permissions: UInt32? = nil) { self.permissions = permissions }

    init(_ reader: inout WireReader) throws(WireReader.Malformed) {
        let flags = try reader.uint32()
        if flags & Self.hasSize != 0 { size = try reader.uint64() }
        if flags & Self.hasOwners != 0 {
            user = try reader.uint32()
            group = try reader.uint32()
        }
        if flags & Self.hasPermissions != 0 { permissions = try reader.uint32() }
        if flags & Self.hasTimes != 0 { _ = try reader.take(8) }
        guard flags & Self.hasExtended != 0 else { return }
        let count = try reader.uint32()
        guard count <= 64 else { throw WireReader.Malformed() }
        for _ in 0..<count {
            _ = try reader.string(limit: 4096)
            _ = try reader.string(limit: 4096)
        }
    }

    func write(to writer: inout WireWriter) {
        var flags: UInt32 = 0
        if user != nil, group != nil { flags |= Self.hasOwners }
        if permissions != nil { flags |= Self.hasPermissions }
        writer.write(flags)
        if let user, let group {
            writer.write(user)
            writer.write(group)
        }
        if let permissions { writer.write(permissions) }
    }

    enum Kind: Sendable { case file, directory, link, other, untold }

    var kind: Kind {
        switch (permissions ?? 0) & 0o170000 {
        case 0: .untold
        case 0o100000: .file
        case 0o040000: .directory
        case 0o120000: .link
        default: .other
        }
    }
}
