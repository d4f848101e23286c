import Foundation

/// Finds certificates in PEM text (RFC 7468), and in nothing else of it: a key that stands there is passed over.
public enum PEM {
    /// The DER form of every certificate, in the order of the text; nil where one of them is malformed.
    public static func certificates(in text: UnsafeRawBufferPointer) -> [Data]? {
        var found: [Data] = []
        var body: [UInt8]?
        for whole in text.split(whereSeparator: { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }) {
            guard let last = whole.lastIndex(where: { !isBlank($0) }) else { continue }
            let line = whole[...last]
            if line.elementsEqual(begin) {
                guard body == nil else { return nil }
                body = []
            } else if line.elementsEqual(end) {
                guard let base64 = body, let der = Data(base64Encoded: Data(base64)), !der.isEmpty else { return nil }
                found.append(der)
                body = nil
            } else {
                body?.append(contentsOf: line.lazy.filter { !isBlank($0) })
            }
        }
        return body == nil ? found : nil
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }

    private static let begin = Array("-----BEGIN CERTIFICATE-----".utf8)
    private static let end = Array("-----END CERTIFICATE-----".utf8)
}

extension Artifact.Content {
    /// The certificates that a file of this form shows, leaf first; nil where the bytes are not of this form.
    public func certificates(in bytes: Secret) -> [Data]? {
        bytes.withBytes { buffer in
            switch self {
            case .certificate, .fullchain, .bundle:
                guard let found = PEM.certificates(in: buffer), !found.isEmpty else { return nil }
                return found
            case .der: return Self.isOneSequence(buffer) ? [Data(buffer)] : nil
            case .chain, .privateKey, .pkcs12, .challenge: return nil
            }
        }
    }

    /// Whether the bytes are one DER SEQUENCE, neither cut short nor followed by more (X.690, 8.1).
    private static func isOneSequence(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count >= 2, bytes[0] == 0x30 else { return false }
        guard bytes[1] & 0x80 != 0 else { return bytes.count == 2 + Int(bytes[1]) }
        let digits = Int(bytes[1] & 0x7f)
        guard (1...4).contains(digits), bytes.count >= 2 + digits else { return false }
        let length = bytes[2..<(2 + digits)].reduce(0) { $0 << 8 | Int($1) }
        return bytes.count == 2 + digits + length
    }
}
