extension DNSMessage {
    /// As it travels, without compression.
    ///
    /// - Throws: `DNSProblem` where something is too long for its length field.
    func encoded() throws(DNSProblem) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(uint16: id)
        bytes.append(uint16: flags)
        for count in [questions.count, answers.count, authorities.count, additionals.count] {
            guard let count = UInt16(exactly: count) else { throw .tooLong }
            bytes.append(uint16: count)
        }
        for question in questions {
            bytes += question.name.wire
            bytes.append(uint16: question.type)
            bytes.append(uint16: question.recordClass)
        }
        for record in answers + authorities + additionals { try bytes.append(record) }
        guard bytes.count <= 65_535 else { throw .tooLong }
        return bytes
    }
}

extension DNSRecord.Content {
    /// A text in strings of at most 255 bytes.
    static func text(_ text: String) -> DNSRecord.Content {
        let bytes = Array(text.utf8)
        let starts = bytes.isEmpty ? [0] : Array(stride(from: 0, to: bytes.count, by: 255))
        return .text(starts.map { Array(bytes[$0..<min($0 + 255, bytes.count)]) })
    }

    func encoded() throws(DNSProblem) -> [UInt8] {
        switch self {
        case .address(let bytes), .other(let bytes): return bytes
        case .name(let name): return name.wire
        case .text(let strings):
            var bytes: [UInt8] = []
            for string in strings {
                guard let count = UInt8(exactly: string.count) else { throw .tooLong }
                bytes.append(count)
                bytes += string
            }
            return bytes
        }
    }
}

extension [UInt8] {
    mutating func append(uint16 value: UInt16) {
        append(UInt8(truncatingIfNeeded: value >> 8))
        append(UInt8(truncatingIfNeeded: value))
    }

    mutating func append(uint32 value: UInt32) {
        append(uint16: UInt16(truncatingIfNeeded: value >> 16))
        append(uint16: UInt16(truncatingIfNeeded: value))
    }

    mutating func append(_ record: DNSRecord) throws(DNSProblem) {
        let content = try record.content.encoded()
        guard let length = UInt16(exactly: content.count) else { throw .tooLong }
        self += record.name.wire
        append(uint16: record.type)
        append(uint16: record.recordClass)
        append(uint32: record.ttl)
        append(uint16: length)
        self += content
    }
}
