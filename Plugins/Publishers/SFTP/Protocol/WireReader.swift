/// Reads the data types of SSH (RFC 4251, section 5) from bytes that anybody may have sent.
struct WireReader {
    struct Malformed: Error {}

    private let bytes: ArraySlice<UInt8>
    private var position: Int

    init(_ bytes: some Sequence<UInt8>) { self.init(slice: Array(bytes)[...]) }

    init(slice: ArraySlice<UInt8>) {
        bytes = slice
        position = slice.startIndex
    }

    var remaining: Int { bytes.endIndex - position }

    mutating func take(_ count: Int) throws(Malformed) -> ArraySlice<UInt8> {
        guard count >= 0, count <= remaining else { throw Malformed() }
        defer { position += count }
        return bytes[position..<(position + count)]
    }

    mutating func byte() throws(Malformed) -> UInt8 {
        guard let byte = try take(1).first else { throw Malformed() }
        return byte
    }

    mutating func uint32() throws(Malformed) -> UInt32 {
        try take(4).reduce(0) { $0 << 8 | UInt32($1) }
    }

    mutating func uint64() throws(Malformed) -> UInt64 {
        try take(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// - Parameter limit: the longest that is taken, in bytes.
    mutating func string(limit: Int) throws(Malformed) -> ArraySlice<UInt8> {
        let count = Int(try uint32())
        guard count <= limit else { throw Malformed() }
        return try take(count)
    }

    mutating func text(limit: Int) throws(Malformed) -> String {
        String(decoding: try string(limit: limit), as: UTF8.self)
    }
}
