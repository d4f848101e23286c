import Foundation
import PluginKit

/// What a server answered (draft-ietf-secsh-filexfer-02, section 7).
enum SFTPAnswer: Sendable {
    enum Status: UInt32, Sendable {
        case done = 0
        case end = 1
        case missing = 2
        case denied = 3
        case failure = 4
        case badMessage = 5
        case noConnection = 6
        case connectionLost = 7
        case unsupported = 8
    }

    case status(Status)
    case handle([UInt8])
    case data(Secret)
    case names([String])
    case attributes(RemoteAttributes)
    /// Of `fileSystem`: free bytes, free names, and whether it is read-only.
    case fileSystem(free: UInt64, names: UInt64, isReadOnly: Bool)

    /// The longest handle that the protocol allows, in bytes.
    private static let longestHandle = 256
    private static let mostNames = 65_536

    /// Reads a packet's payload, its length taken off already.
    /// - Returns: the request's id and the answer.
    static func read(_ packet: ArraySlice<UInt8>) throws(WireReader.Malformed) -> (id: UInt32, answer: SFTPAnswer) {
        var reader = WireReader(slice: packet)
        let type = try reader.byte()
        let id = try reader.uint32()
        switch type {
        case 101: return (id, .status(Status(rawValue: try reader.uint32()) ?? .failure))
        case 102: return (id, .handle(Array(try reader.string(limit: longestHandle))))
        case 103: return (id, .data(Secret(try reader.string(limit: packet.count))))
        case 104:
            let count = try reader.uint32()
            guard count <= mostNames else { throw WireReader.Malformed() }
            var names: [String] = []
            for _ in 0..<count {
                names.append(try reader.text(limit: packet.count))
                _ = try reader.string(limit: packet.count)
                _ = try RemoteAttributes(&reader)
            }
            return (id, .names(names))
        case 105: return (id, .attributes(try RemoteAttributes(&reader)))
        case 201: return (id, try fileSystem(&reader))
        default: throw WireReader.Malformed()
        }
    }

    private static func fileSystem(_ reader: inout WireReader) throws(WireReader.Malformed) -> SFTPAnswer {
        var fields: [UInt64] = []
        for _ in 0..<11 { fields.append(try reader.uint64()) }
        // bsize, frsize, blocks, bfree, bavail, files, ffree, favail, fsid, flag, namemax
        let (free, overflow) = fields[4].multipliedReportingOverflow(by: fields[1])
        // A file system that counts no names has none to run out of.
        let names = fields[5] == 0 ? .max : fields[7]
        return .fileSystem(free: overflow ? .max : free, names: names, isReadOnly: fields[9] & 1 != 0)
    }
}
