/// The extended operation StartTLS of LDAP (RFC 4511, 4.12 and 4.14), in BER.
enum LDAPStartTLS {
    private static let name = Array("1.3.6.1.4.1.1466.20037".utf8)
    /// In bytes: an answer has a code, and perhaps a sentence.
    private static let largest = 8 << 10

    /// An LDAPMessage, number 1, with an ExtendedRequest of that name.
    static var request: [UInt8] {
        let operation: [UInt8] = [0x80, UInt8(name.count)] + name
        let message: [UInt8] = [0x02, 1, 1, 0x77, UInt8(operation.count)] + operation
        return [0x30, UInt8(message.count)] + message
    }

    /// Takes the answer out of what was received; nil where it is not all there yet.
    static func answer(in received: inout [UInt8]) -> PlainDialogue.Step? {
        let foreign = PlainDialogue.Step.refused("answers, but not as LDAP does: is this the right port?")
        guard let first = received.first else { return nil }
        guard first == 0x30 else { return foreign }
        var bytes = received[...]
        switch element(&bytes) {
        case .missing: return nil
        case .malformed: return foreign
        case .whole(_, var message):
            received.removeFirst(received.count - bytes.count)
            guard case .whole(0x02, _) = element(&message), case .whole(0x78, var response) = element(&message),
                case .whole(0x0A, let code) = element(&response), let result = code.first, code.count == 1
            else { return foreign }
            return result == 0 ? .agreed : .refused("does not offer TLS; it answers with the result code \(result).")
        }
    }

    private enum Element {
        case whole(tag: UInt8, content: ArraySlice<UInt8>)
        case missing
        case malformed
    }

    /// The next element, which is taken out.
    private static func element(_ bytes: inout ArraySlice<UInt8>) -> Element {
        var rest = bytes
        guard let tag = rest.popFirst(), let first = rest.popFirst() else { return .missing }
        var length = Int(first)
        if first >= 0x80 {
            let digits = Int(first & 0x7F)
            guard (1...4).contains(digits) else { return .malformed }
            length = 0
            for _ in 0..<digits {
                guard let digit = rest.popFirst() else { return .missing }
                length = length << 8 | Int(digit)
            }
        }
        guard length <= largest else { return .malformed }
        guard rest.count >= length else { return .missing }
        let content = rest.prefix(length)
        bytes = rest.dropFirst(length)
        return .whole(tag: tag, content: content)
    }
}
