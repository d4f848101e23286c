/// The signature of one message: the last of its additional records (RFC 8945, 4.2).
struct TSIG: Sendable, Equatable {
    /// What the other side found wrong with a signature (RFC 8945, 3).
    enum Mistake { static let badSignature: UInt16 = 16, badKey: UInt16 = 17, badTime: UInt16 = 18 }

    /// How far clocks may differ, in seconds (RFC 8945, 10).
    static let fudge: UInt16 = 300

    var key: DNSName
    var algorithm: DNSName
    /// Seconds since 1970, 48 bits.
    var time: UInt64
    var fudge: UInt16
    var code: [UInt8]
    var originalID: UInt16
    var error: UInt16
    var other: [UInt8]

    /// Signs `message`.
    ///
    /// - Parameters:
    ///   - time: seconds since 1970.
    ///   - request: the code of the request that it answers (RFC 8945, 5.3.1); nil: it answers none.
    /// - Returns: the bytes to send, and the code, which the answer's signature covers as well.
    static func sign(
        _ message: DNSMessage, with key: TSIGKey, at time: UInt64, answering request: [UInt8]? = nil
    ) throws(DNSProblem) -> (bytes: [UInt8], code: [UInt8]) {
        var signature = TSIG(
            key: key.name, algorithm: key.algorithm.name, time: time, fudge: fudge, code: [], originalID: message.id,
            error: 0, other: [])
        signature.code = key.code(for: sized(request) + (try message.encoded()) + signature.variables)
        var signed = message
        signed.additionals.append(signature.record)
        return (try signed.encoded(), signature.code)
    }

    /// What an answer says about our request, and whether it is proved to come from who holds the key.
    enum Verdict: Equatable {
        case proved
        /// Not signed, or not by this key.
        case unproved
        /// Our request was refused for its signature. Only `badTime` is proved itself; `serverTime` is then theirs.
        case refused(UInt16, serverTime: UInt64?)
    }

    /// Judges the answer to a request that was signed with `key`.
    ///
    /// - Parameters:
    ///   - bytes: the whole answer, as it came.
    ///   - request: the code of the request.
    ///   - time: seconds since 1970.
    static func verdict(on bytes: [UInt8], request: [UInt8], key: TSIGKey, at time: UInt64) throws(DNSProblem)
        -> Verdict
    {
        var reader = DNSReader(bytes)
        let message = try DNSMessage(from: &reader)
        guard reader.isAtEnd, let last = message.additionals.last, last.type == DNSType.tsig,
            let start = reader.lastRecord
        else { return .unproved }
        let signature = try TSIG(last)
        if [Mistake.badSignature, Mistake.badKey].contains(signature.error) {
            return .refused(signature.error, serverTime: nil)
        }
        guard signature.key == key.name, signature.algorithm == key.algorithm.name,
            signature.code.count == key.algorithm.length
        else { return .unproved }
        var covered = sized(request)
        covered.append(uint16: signature.originalID)
        covered += bytes[2..<10]
        covered.append(uint16: UInt16(clamping: message.additionals.count - 1))
        covered += bytes[12..<start]
        covered += signature.variables
        guard key.isValid(signature.code, for: covered) else { return .unproved }
        if signature.error == Mistake.badTime {
            let theirs = signature.other.count == 6 ? signature.other.reduce(UInt64(0)) { $0 << 8 | UInt64($1) } : nil
            return .refused(signature.error, serverTime: theirs)
        }
        let difference = time > signature.time ? time - signature.time : signature.time - time
        guard signature.error == 0, difference <= UInt64(signature.fudge) else { return .unproved }
        return .proved
    }

    /// What is signed besides the message (RFC 8945, 4.3.3).
    private var variables: [UInt8] {
        var bytes = key.wire
        bytes.append(uint16: DNSClass.any)
        bytes.append(uint32: 0)
        bytes += algorithm.wire
        bytes += times
        bytes.append(uint16: error)
        bytes.append(uint16: UInt16(clamping: other.count))
        return bytes + other
    }

    private static func sized(_ code: [UInt8]?) -> [UInt8] {
        guard let code else { return [] }
        var bytes: [UInt8] = []
        bytes.append(uint16: UInt16(clamping: code.count))
        return bytes + code
    }

    private var times: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(uint16: UInt16(truncatingIfNeeded: time >> 32))
        bytes.append(uint32: UInt32(truncatingIfNeeded: time))
        bytes.append(uint16: fudge)
        return bytes
    }

    private var record: DNSRecord {
        var content = algorithm.wire + times
        content.append(uint16: UInt16(clamping: code.count))
        content += code
        content.append(uint16: originalID)
        content.append(uint16: error)
        content.append(uint16: UInt16(clamping: other.count))
        content += other
        return DNSRecord(
            name: key, type: DNSType.tsig, recordClass: DNSClass.any, ttl: 0, content: .other(content))
    }
}

extension TSIG {
    /// Reads what stands in a record.
    init(_ record: DNSRecord) throws(DNSProblem) {
        guard record.type == DNSType.tsig, record.recordClass == DNSClass.any, record.ttl == 0,
            case .other(let bytes) = record.content
        else { throw .badRecord }
        var reader = DNSReader(bytes)
        let algorithm = try reader.name()
        let time = UInt64(try reader.uint16()) << 32 | UInt64(try reader.uint32())
        let fudge = try reader.uint16()
        let code = try reader.take(Int(try reader.uint16()))
        let originalID = try reader.uint16()
        let error = try reader.uint16()
        let other = try reader.take(Int(try reader.uint16()))
        guard reader.isAtEnd else { throw .badRecord }
        self.init(
            key: record.name, algorithm: algorithm, time: time, fudge: fudge, code: code, originalID: originalID,
            error: error, other: other)
    }
}
