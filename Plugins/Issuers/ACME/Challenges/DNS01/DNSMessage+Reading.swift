/// Why bytes are no message, or a message can't become bytes.
enum DNSProblem: Error, Equatable {
    /// It ends before what it announces.
    case truncated
    /// A name that is too long, of unknown form, or points in circles.
    case badName
    case badRecord
    case tooLong
}

extension DNSMessage {
    /// Reads what came from the network: any bytes are safe to hand in.
    ///
    /// Stops at the first thing that is wrong; bytes behind the last record are refused as well, since a signature
    /// would not cover them.
    init(_ bytes: [UInt8]) throws(DNSProblem) {
        var reader = DNSReader(bytes)
        try self.init(from: &reader)
        guard reader.isAtEnd else { throw .badRecord }
    }

    init(from reader: inout DNSReader) throws(DNSProblem) {
        self.init(id: try reader.uint16(), flags: try reader.uint16())
        var counts: [UInt16] = []
        for _ in 0..<4 { counts.append(try reader.uint16()) }
        for _ in 0..<counts[0] {
            questions.append(
                DNSQuestion(name: try reader.name(), type: try reader.uint16(), recordClass: try reader.uint16()))
        }
        for _ in 0..<counts[1] { answers.append(try reader.record()) }
        for _ in 0..<counts[2] { authorities.append(try reader.record()) }
        for _ in 0..<counts[3] {
            reader.lastRecord = reader.position
            additionals.append(try reader.record())
        }
    }
}

/// Reads a message from its beginning; every step is checked against its end.
struct DNSReader: Sendable {
    /// A name has at most 127 labels; more pointers than that only waste time.
    private static let mostPointers = 127

    private let bytes: [UInt8]
    private(set) var position = 0
    /// Where the last additional record begins: a signature covers what is before it (RFC 8945, 5.1).
    var lastRecord: Int?

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { position >= bytes.count }

    mutating func uint8() throws(DNSProblem) -> UInt8 {
        guard position < bytes.count else { throw .truncated }
        defer { position += 1 }
        return bytes[position]
    }

    mutating func uint16() throws(DNSProblem) -> UInt16 { UInt16(try uint8()) << 8 | UInt16(try uint8()) }
    mutating func uint32() throws(DNSProblem) -> UInt32 { UInt32(try uint16()) << 16 | UInt32(try uint16()) }

    mutating func take(_ count: Int) throws(DNSProblem) -> [UInt8] {
        guard count >= 0, count <= bytes.count - position else { throw .truncated }
        defer { position += count }
        return Array(bytes[position..<position + count])
    }

    /// A name, compressed or not (RFC 1035, 4.1.4). A pointer must lead to before where the name it stands in began, so
    /// that every chain of them ends.
    mutating func name() throws(DNSProblem) -> DNSName {
        var labels: [[UInt8]] = []
        var length = 1
        var start = position
        var end: Int?
        var pointers = 0
        while true {
            let count = Int(try uint8())
            switch count & 0xC0 {
            case 0 where count == 0:
                position = end ?? position
                guard let name = DNSName(labels: labels) else { throw .badName }
                return name
            case 0:
                length += count + 1
                guard length <= 255 else { throw .badName }
                labels.append(try take(count))
            case 0xC0:
                let target = (count & 0x3F) << 8 | Int(try uint8())
                pointers += 1
                guard target < start, pointers <= Self.mostPointers else { throw .badName }
                end = end ?? position
                start = target
                position = target
            default: throw .badName
            }
        }
    }

    mutating func record() throws(DNSProblem) -> DNSRecord {
        let name = try name()
        let type = try uint16()
        let recordClass = try uint16()
        let ttl = try uint32()
        let length = Int(try uint16())
        guard length <= bytes.count - position else { throw .truncated }
        let end = position + length
        let content = try content(type, recordClass, length)
        guard position == end else { throw .badRecord }
        return DNSRecord(name: name, type: type, recordClass: recordClass, ttl: ttl, content: content)
    }

    private mutating func content(
        _ type: UInt16, _ recordClass: UInt16, _ length: Int
    ) throws(DNSProblem) -> DNSRecord.Content {
        guard recordClass == DNSClass.internet else { return .other(try take(length)) }
        switch type {
        case DNSType.a, DNSType.aaaa:
            guard length == (type == DNSType.a ? 4 : 16) else { throw .badRecord }
            return .address(try take(length))
        case DNSType.ns, DNSType.cname: return .name(try name())
        case DNSType.txt:
            let end = position + length
            var strings: [[UInt8]] = []
            while position < end { strings.append(try take(Int(try uint8()))) }
            return .text(strings)
        default: return .other(try take(length))
        }
    }
}
