import PluginKit

/// What a server is asked (draft-ietf-secsh-filexfer-02, section 6, and OpenSSH's PROTOCOL, section 4).
enum SFTPRequest: Sendable {
    struct OpenFlags: OptionSet, Sendable {
        let rawValue: UInt32
        static let read = OpenFlags(rawValue: 1)
        static let write = OpenFlags(rawValue: 2)
        static let create = OpenFlags(rawValue: 8)
        static let exclusive = OpenFlags(rawValue: 32)
    }

    /// What a server names an open file by.
    typealias FileHandle = [UInt8]

    /// What fits into one packet that every server takes, in bytes of content.
    static let chunk = 32_768

    case open(String, OpenFlags, RemoteAttributes = RemoteAttributes())
    case close(FileHandle)
    case read(FileHandle, offset: Int, count: Int)
    case write(FileHandle, offset: Int, Secret, Range<Int>)
    case lookAt(String)
    case lookAtOpen(FileHandle)
    case setAttributes(String, RemoteAttributes)
    case setAttributesOfOpen(FileHandle, RemoteAttributes)
    case openDirectory(String)
    case readDirectory(FileHandle)
    case remove(String)
    case makeDirectory(String, RemoteAttributes)
    case removeDirectory(String)
    case realPath(String)
    case rename(String, to: String)
    case readLink(String)
    case makeLink(String, to: String)
    /// `posix-rename@openssh.com`: replaces what is there, in one step.
    case replace(String, by: String)
    /// `fsync@openssh.com`.
    case synchronize(FileHandle)
    /// `statvfs@openssh.com`.
    case fileSystem(String)

    /// The most bytes that a well-behaved answer has.
    var answerSize: Int {
        switch self {
        case .read(_, _, let count): count + 64
        case .readDirectory: 65_536
        case .readLink, .realPath: 8192
        default: 512
        }
    }

    /// About as many bytes as it takes to ask.
    var size: Int {
        switch self {
        case .write(_, _, _, let range): range.count + 64
        default: 512
        }
    }

    func write(to writer: inout WireWriter, id: UInt32) {
        writer.framed { writer in
            writer.write(type)
            writer.write(id)
            body(&writer)
        }
    }

    private var type: UInt8 {
        switch self {
        case .open: 3
        case .close: 4
        case .read: 5
        case .write: 6
        case .lookAt: 7
        case .lookAtOpen: 8
        case .setAttributes: 9
        case .setAttributesOfOpen: 10
        case .openDirectory: 11
        case .readDirectory: 12
        case .remove: 13
        case .makeDirectory: 14
        case .removeDirectory: 15
        case .realPath: 16
        case .rename: 18
        case .readLink: 19
        case .makeLink: 20
        case .replace, .synchronize, .fileSystem: 200
        }
    }

    private func body(_ writer: inout WireWriter) {
        switch self {
        case .open(let path, let flags, let attributes):
            writer.write(path)
            writer.write(flags.rawValue)
            attributes.write(to: &writer)
        case .close(let handle), .lookAtOpen(let handle), .readDirectory(let handle): writer.write(string: handle)
        case .read(let handle, let offset, let count):
            writer.write(string: handle)
            writer.write(UInt64(clamping: offset))
            writer.write(UInt32(clamping: count))
        case .write(let handle, let offset, let bytes, let range):
            writer.write(string: handle)
            writer.write(UInt64(clamping: offset))
            bytes.withBytes { writer.write(string: $0[range.clamped(to: 0..<$0.count)]) }
        case .lookAt(let path), .openDirectory(let path), .remove(let path), .removeDirectory(let path),
            .realPath(let path), .readLink(let path):
            writer.write(path)
        case .setAttributes(let path, let attributes):
            writer.write(path)
            attributes.write(to: &writer)
        case .setAttributesOfOpen(let handle, let attributes):
            writer.write(string: handle)
            attributes.write(to: &writer)
        case .makeDirectory(let path, let attributes):
            writer.write(path)
            attributes.write(to: &writer)
        case .rename(let source, let path):
            writer.write(source)
            writer.write(path)
        case .makeLink(let path, let destination):
            // OpenSSH has the two the other way round than the draft, and most servers follow it.
            writer.write(destination)
            writer.write(path)
        case .replace(let path, let source):
            writer.write(SFTPExtension.replace.rawValue)
            writer.write(source)
            writer.write(path)
        case .synchronize(let handle):
            writer.write(SFTPExtension.synchronize.rawValue)
            writer.write(string: handle)
        case .fileSystem(let path):
            writer.write(SFTPExtension.fileSystem.rawValue)
            writer.write(path)
        }
    }
}

/// What a server offers besides version 3 of the protocol.
enum SFTPExtension: String, Sendable {
    case replace = "posix-rename@openssh.com"
    case synchronize = "fsync@openssh.com"
    case fileSystem = "statvfs@openssh.com"
}
