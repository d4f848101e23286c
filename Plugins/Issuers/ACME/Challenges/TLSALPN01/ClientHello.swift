/// What a TLS client asks for in its first message (RFC 8446, 4.1.2), read before any handshake begins.
enum ClientHello: Equatable {
    case incomplete
    case malformed
    /// The name is in lower case; nil where none is asked for.
    case hello(serverName: String?, protocols: [String])

    /// In bytes, with the records around it.
    static let limit = 16_384

    /// Judges what has come so far: any bytes are safe to hand in.
    init(_ bytes: [UInt8]) {
        guard bytes.count <= Self.limit else {
            self = .malformed
            return
        }
        do throws(Reader.Stop) {
            self = try Self.read(bytes)
        } catch {
            self = error == .needsMore ? .incomplete : .malformed
        }
    }

    private static func read(_ bytes: [UInt8]) throws(Reader.Stop) -> ClientHello {
        var body: [UInt8] = []
        var records = Reader(bytes[...], isOpen: true)
        while true {
            if body.count >= 4 {
                let length = Int(body[1]) << 16 | Int(body[2]) << 8 | Int(body[3])
                guard length <= limit else { throw .wrong }
                if body.count >= length + 4 { return try hello(body[4..<length + 4]) }
            }
            guard try records.integer(1) == 22 else { throw .wrong }  // handshake
            guard try records.integer(2) >> 8 == 3 else { throw .wrong }
            let part = try records.vector(2)
            guard !part.isEmpty else { throw .wrong }
            body += part
            guard body.first == 1 else { throw .wrong }  // client_hello
        }
    }

    private static func hello(_ bytes: ArraySlice<UInt8>) throws(Reader.Stop) -> ClientHello {
        var reader = Reader(bytes)
        _ = try reader.take(2 + 32)  // version, random
        _ = try reader.vector(1)  // session
        _ = try reader.vector(2)  // cipher suites
        _ = try reader.vector(1)  // compression
        guard !reader.isAtEnd else { return .hello(serverName: nil, protocols: []) }
        var extensions = Reader(try reader.vector(2))
        var name: String?
        var protocols: [String] = []
        while !extensions.isAtEnd {
            let type = try extensions.integer(2)
            var content = Reader(try extensions.vector(2))
            switch type {
            case 0:  // server_name (RFC 6066, 3)
                var list = Reader(try content.vector(2))
                guard try list.integer(1) == 0 else { throw .wrong }
                name = String(decoding: try list.vector(2), as: UTF8.self).lowercased()
            case 16:  // application_layer_protocol_negotiation (RFC 7301, 3.1)
                var list = Reader(try content.vector(2))
                while !list.isAtEnd { protocols.append(String(decoding: try list.vector(1), as: UTF8.self)) }
            default: break
            }
        }
        return .hello(serverName: name, protocols: protocols)
    }

    private struct Reader {
        enum Stop: Error { case needsMore, wrong }

        private var rest: ArraySlice<UInt8>
        /// Whether more may come behind the end.
        private let isOpen: Bool

        init(_ bytes: ArraySlice<UInt8>, isOpen: Bool = false) {
            rest = bytes
            self.isOpen = isOpen
        }

        var isAtEnd: Bool { rest.isEmpty }

        mutating func take(_ count: Int) throws(Stop) -> ArraySlice<UInt8> {
            guard count <= rest.count else { throw isOpen ? .needsMore : .wrong }
            defer { rest = rest.dropFirst(count) }
            return rest.prefix(count)
        }

        /// Of one to three bytes.
        mutating func integer(_ size: Int) throws(Stop) -> Int { try take(size).reduce(0) { $0 << 8 | Int($1) } }

        /// Bytes behind their length, which has `size` bytes.
        mutating func vector(_ size: Int) throws(Stop) -> ArraySlice<UInt8> { try take(try integer(size)) }
    }
}
