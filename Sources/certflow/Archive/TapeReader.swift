import Foundation

/// Reads a tar archive from its beginning to its end, one file at a time.
final class TapeReader {
    private static let chunk = 1 << 16
    /// Of a pax header; ours have a name and a size.
    private static let longestRecords = Int64(1) << 16

    private let descriptor: Int32
    /// Of the present file, padding included.
    private var unread: Int64 = 0

    /// - Throws: `TapeProblem` where it can't be opened.
    init(_ path: String) throws {
        descriptor = open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC)
        guard descriptor >= 0 else { throw TapeProblem(what: String(cString: strerror(errno)).lowercased()) }
    }

    deinit { close(descriptor) }

    /// The next file; what was not read of the one before is passed over. Nil at the end.
    /// - Throws: `TapeProblem`.
    func next() throws -> TapeHeader? {
        while unread > 0 { unread -= Int64(try bytes(Int(min(unread, Int64(Self.chunk)))).count) }
        guard var header = try TapeHeader(try bytes(TapeHeader.block)) else { return nil }
        if header.type == UInt8(ascii: "x") {
            guard header.size <= Self.longestRecords else { throw TapeProblem(what: "one of its headers is damaged") }
            let records = Array(try bytes(Int(header.size)))
            _ = try bytes(TapeHeader.padding(after: header.size))
            guard let described = try TapeHeader(try bytes(TapeHeader.block)) else {
                throw TapeProblem(what: "it ends too early")
            }
            header = described
            header.take(pax: records)
        }
        guard header.size >= 0, header.size < Int64.max - Int64(TapeHeader.block) else {
            throw TapeProblem(what: "one of its headers is damaged")
        }
        unread = header.size + Int64(TapeHeader.padding(after: header.size))
        return header
    }

    /// Lends the content of the file that `next` gave, piece by piece.
    /// - Throws: `TapeProblem`, and what `body` throws.
    func content(_ header: TapeHeader, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        var rest = header.size
        while rest > 0 {
            let piece = try bytes(Int(min(rest, Int64(Self.chunk))))
            rest -= Int64(piece.count)
            unread -= Int64(piece.count)
            try piece.withUnsafeBytes { try body($0) }
        }
    }

    private func bytes(_ count: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let received = bytes.withUnsafeMutableBytes {
                read(descriptor, $0.baseAddress?.advanced(by: filled), count - filled)
            }
            if received < 0, errno == EINTR { continue }
            guard received >= 0 else { throw TapeProblem(what: String(cString: strerror(errno)).lowercased()) }
            guard received > 0 else { throw TapeProblem(what: "it ends too early") }
            filled += received
        }
        return bytes
    }
}
