/// The types of records that are asked for or sent (RFC 1035, 3.2.2).
enum DNSType {
    static let a: UInt16 = 1
    static let ns: UInt16 = 2
    static let cname: UInt16 = 5
    static let soa: UInt16 = 6
    static let txt: UInt16 = 16
    static let aaaa: UInt16 = 28
    static let tsig: UInt16 = 250
}

enum DNSClass {
    static let internet: UInt16 = 1
    /// Deletes one record in an update (RFC 2136, 2.5.4).
    static let none: UInt16 = 254
    static let any: UInt16 = 255
}

struct DNSQuestion: Sendable, Equatable {
    var name: DNSName
    var type: UInt16
    var recordClass: UInt16 = DNSClass.internet
}

struct DNSRecord: Sendable, Equatable {
    enum Content: Sendable, Equatable {
        /// 4 or 16 bytes.
        case address([UInt8])
        /// Of NS and CNAME.
        case name(DNSName)
        /// The strings of a TXT record.
        case text([[UInt8]])
        case other([UInt8])
    }

    var name: DNSName
    var type: UInt16
    var recordClass: UInt16
    /// In seconds.
    var ttl: UInt32
    var content: Content
}

/// One message of the DNS (RFC 1035, 4), also an update (RFC 2136, 2).
struct DNSMessage: Sendable, Equatable {
    enum Opcode { static let query: UInt16 = 0, update: UInt16 = 5 }

    var id: UInt16
    var flags: UInt16
    /// The zone, in an update.
    var questions: [DNSQuestion] = []
    /// The prerequisites, in an update.
    var answers: [DNSRecord] = []
    /// What is to be changed, in an update.
    var authorities: [DNSRecord] = []
    var additionals: [DNSRecord] = []

    static func query(_ question: DNSQuestion, id: UInt16, recursive: Bool) -> DNSMessage {
        DNSMessage(id: id, flags: recursive ? 0x0100 : 0, questions: [question])
    }

    static func update(zone: DNSName, _ changes: [DNSRecord], id: UInt16) -> DNSMessage {
        DNSMessage(
            id: id, flags: Opcode.update << 11, questions: [DNSQuestion(name: zone, type: DNSType.soa)],
            authorities: changes)
    }

    var isResponse: Bool { flags & 0x8000 != 0 }
    var opcode: UInt16 { flags >> 11 & 15 }
    var isAuthoritative: Bool { flags & 0x0400 != 0 }
    var isTruncated: Bool { flags & 0x0200 != 0 }
    /// The response code (RFC 1035, 4.1.1; RFC 2136, 2.2).
    var code: UInt16 { flags & 15 }

    /// Whether this answers `request`: the same number, kind and question.
    func answers(_ request: DNSMessage) -> Bool {
        guard isResponse, id == request.id, opcode == request.opcode else { return false }
        // A server that can't read a request, or refuses it, may leave the question out (RFC 1035, 4.1.1).
        return questions == request.questions || (questions.isEmpty && code != 0)
    }

    /// The records of this type that the answer has for `name` itself.
    func records(_ type: UInt16, of name: DNSName) -> [DNSRecord] {
        answers.filter { $0.type == type && $0.name == name && $0.recordClass == DNSClass.internet }
    }
}
