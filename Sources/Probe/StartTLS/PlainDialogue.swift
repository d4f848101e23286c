import Automation

/// What a client and a server say in plain text before TLS begins. A value: a channel handler feeds it.
///
/// What servers say is never trusted: so much is read and no more, and nothing may follow the answer that lets TLS
/// begin, for it would stand before TLS and look as if it came by it.
struct PlainDialogue {
    enum Step: Equatable {
        /// The server has not said all yet.
        case more
        case say([UInt8])
        /// TLS may begin.
        case agreed
        /// The end of a sentence that begins with the server's address.
        case refused(String)
    }

    /// In bytes, of all that the server says.
    private static let most = 16 << 10

    private let kind: StartTLS
    private var pending: [UInt8] = []
    private var total = 0
    private var stage = 0
    private var isOffered = false

    init(_ kind: StartTLS) { self.kind = kind }

    /// What the client says first; nil where it waits for a greeting.
    var opening: [UInt8]? {
        switch kind {
        case .smtp, .imap, .pop3: nil
        case .postgresql: [0, 0, 0, 8, 0x04, 0xD2, 0x16, 0x2F]  // SSLRequest, 80877103
        case .ldap: LDAPStartTLS.request
        }
    }

    mutating func take(_ bytes: some Sequence<UInt8>) -> Step {
        for byte in bytes {
            total += 1
            guard total <= Self.most else { return .refused("talks on and on before TLS.") }
            pending.append(byte)
        }
        let step = next()
        guard step == .agreed, !pending.isEmpty else { return step }
        return .refused("says more than it was asked for before TLS begins: somebody may be in between.")
    }

    private mutating func next() -> Step {
        switch kind {
        case .postgresql: return postgreSQL()
        case .ldap:
            guard let answer = LDAPStartTLS.answer(in: &pending) else { return .more }
            return answer
        case .smtp, .imap, .pop3:
            while let line = line() {
                let step =
                    switch kind {
                    case .smtp: smtp(line)
                    case .imap: imap(line)
                    default: pop3(line)
                    }
                if step != .more { return step }
            }
            return .more
        }
    }

    /// The next whole line without its end.
    private mutating func line() -> String? {
        guard let end = pending.firstIndex(of: 0x0A) else { return nil }
        var line = pending[..<end]
        if line.last == 0x0D { line.removeLast() }
        defer { pending.removeFirst(end + 1) }
        return String(decoding: line, as: UTF8.self)
    }

    // MARK: Lines

    /// A reply is done by the line without a hyphen after its code (RFC 5321, 4.2.1).
    private mutating func smtp(_ line: String) -> Step {
        let (code, isLast) = (line.prefix(3), !line.dropFirst(3).hasPrefix("-"))
        guard code == (stage == 1 ? "250" : "220") else { return .refused(Self.refusal(line)) }
        let keyword = line.dropFirst(4).split(separator: " ").first?.uppercased()
        if stage == 1, keyword == "STARTTLS" { isOffered = true }
        guard isLast else { return .more }
        stage += 1
        switch stage {
        case 1: return .say(Array("EHLO localhost\r\n".utf8))
        case 2: return isOffered ? .say(Array("STARTTLS\r\n".utf8)) : .refused("does not offer STARTTLS.")
        default: return .agreed
        }
    }

    private mutating func imap(_ line: String) -> Step {
        let words = line.uppercased().split(separator: " ", maxSplits: 2)
        guard stage > 0 else {
            guard words.first == "*", words.dropFirst().first == "OK" else { return .refused(Self.refusal(line)) }
            stage = 1
            return .say(Array("c1 STARTTLS\r\n".utf8))
        }
        guard words.first == "C1" else { return words.first == "*" ? .more : .refused(Self.refusal(line)) }
        return words.dropFirst().first == "OK" ? .agreed : .refused(Self.refusal(line))
    }

    private mutating func pop3(_ line: String) -> Step {
        guard line.uppercased().hasPrefix("+OK") else { return .refused(Self.refusal(line)) }
        stage += 1
        return stage == 1 ? .say(Array("STLS\r\n".utf8)) : .agreed
    }

    /// For people: letters, digits and signs of the server's line, and not too many.
    private static func refusal(_ line: String) -> String {
        let shown = String(line.unicodeScalars.prefix(100).map { (32...126).contains($0.value) ? Character($0) : "?" })
        return "does not go on to TLS; it says \"\(shown)\"."
    }

    // MARK: One byte

    private mutating func postgreSQL() -> Step {
        guard let answer = pending.first else { return .more }
        pending.removeFirst()
        switch answer {
        case UInt8(ascii: "S"): return .agreed
        case UInt8(ascii: "N"): return .refused("does not offer TLS: is `ssl` on in its configuration?")
        default: return .refused("answers, but not as PostgreSQL does: is this the right port?")
        }
    }
}
