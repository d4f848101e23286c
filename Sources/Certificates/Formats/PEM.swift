import Foundation
import PluginKit

/// One block of a PEM file (RFC 7468).
struct PEMBlock: Sendable {
    var label: String
    var content: Secret
    /// Whether RFC 1421 headers say that the content is encrypted (`Proc-Type: 4,ENCRYPTED`).
    var isEncrypted: Bool
}

/// Reads and writes PEM (RFC 7468); tolerant of text between blocks, CRLF and the headers of OpenSSL's old keys.
enum PEM {
    private static let begin = Array("-----BEGIN ".utf8)
    private static let end = Array("-----END ".utf8)
    private static let dashes = Array("-----".utf8)

    /// Whether a block begins somewhere in `bytes`.
    static func begins(in bytes: UnsafeRawBufferPointer) -> Bool { find(begin, in: bytes, from: 0) != nil }

    /// All blocks, in their order.
    /// - Throws: `CertificateFailure` where a block is cut off, damaged, or there are too many.
    static func blocks(in bytes: UnsafeRawBufferPointer) throws(CertificateFailure) -> [PEMBlock] {
        var blocks: [PEMBlock] = []
        var position = 0
        while let start = find(begin, in: bytes, from: position) {
            guard blocks.count < InputLimits.blocks else { throw .tooManyBlocks() }
            let labelStart = start + begin.count
            guard let labelEnd = find(dashes, in: bytes, from: labelStart, within: 64),
                let label = label(bytes[labelStart..<labelEnd])
            else { throw .damagedPEM("a line \"-----BEGIN\" without a proper label") }
            let bodyStart = labelEnd + dashes.count
            let closing = end + Array(label.utf8) + dashes
            guard let bodyEnd = find(end, in: bytes, from: bodyStart), bodyEnd + closing.count <= bytes.count,
                bytes[bodyEnd..<bodyEnd + closing.count].elementsEqual(closing)
            else { throw .damagedPEM("a block \"\(label)\" without its end") }
            let body = UnsafeRawBufferPointer(rebasing: bytes[bodyStart..<bodyEnd])
            let (content, isEncrypted) = try decode(body, label)
            blocks.append(PEMBlock(label: label, content: content, isEncrypted: isEncrypted))
            position = bodyEnd + closing.count
        }
        return blocks
    }

    static func blocks(in bytes: Data) throws(CertificateFailure) -> [PEMBlock] {
        try bytes.withUnsafeBytes { bytes in
            Result { () throws(CertificateFailure) in try blocks(in: bytes) }
        }.get()
    }

    static func blocks(in secret: Secret) throws(CertificateFailure) -> [PEMBlock] {
        try secret.withBytes { bytes in
            Result { () throws(CertificateFailure) in try blocks(in: bytes) }
        }.get()
    }

    /// One block, its lines 64 characters long, with a line feed at its end.
    static func encode(_ label: String, _ content: some Collection<UInt8>) -> [UInt8] {
        var text = Array("-----BEGIN \(label)-----\n".utf8)
        text.reserveCapacity(text.count * 2 + content.count * 3 / 2)
        Base64.encode(content, lineLength: 64, into: &text)
        text.append(contentsOf: "-----END \(label)-----\n".utf8)
        return text
    }

    /// Lends the block and zeroes it afterwards.
    static func encode(_ label: String, _ content: Secret) -> Secret {
        content.withBytes { bytes in
            var text = encode(label, bytes)
            defer { text.zero() }
            return Secret(text)
        }
    }

    private static func label(_ bytes: Slice<UnsafeRawBufferPointer>) -> String? {
        let isLabel = bytes.allSatisfy { (65...90).contains($0) || (48...57).contains($0) || $0 == 32 }
        return isLabel ? String(decoding: bytes, as: UTF8.self) : nil
    }

    private static func decode(
        _ body: UnsafeRawBufferPointer, _ label: String
    ) throws(CertificateFailure) -> (Secret, isEncrypted: Bool) {
        let (headers, text) = split(body)
        guard var content = Base64.decode(text) else {
            throw .damagedPEM("a block \"\(label)\" that is not base64")
        }
        defer { content.zero() }
        return (Secret(content), String(decoding: headers, as: UTF8.self).contains("ENCRYPTED"))
    }

    /// Headers (RFC 1421, 4.6) are lines with a colon, which base64 never has.
    private static func split(
        _ body: UnsafeRawBufferPointer
    ) -> (headers: UnsafeRawBufferPointer, text: UnsafeRawBufferPointer) {
        let feed = UInt8(ascii: "\n")
        var position = 0
        // What is left of the line of BEGIN is nearly always empty.
        if let end = find([feed], in: body, from: 0), body[..<end].allSatisfy({ $0 == 13 || $0 == 32 }) {
            position = end + 1
        }
        while let end = find([feed], in: body, from: position),
            find([UInt8(ascii: ":")], in: body, from: position, within: end - position) != nil
        {
            position = end + 1
        }
        return (
            UnsafeRawBufferPointer(rebasing: body[..<position]), UnsafeRawBufferPointer(rebasing: body[position...])
        )
    }

    private static func find(
        _ word: [UInt8], in bytes: UnsafeRawBufferPointer, from start: Int, within reach: Int = .max
    ) -> Int? {
        guard let base = bytes.baseAddress, let first = word.first, start < bytes.count else { return nil }
        let limit = bytes.count - start < reach ? bytes.count : start + reach
        var position = start
        while position + word.count <= limit, let hit = memchr(base + position, Int32(first), limit - position) {
            position = UnsafeRawPointer(hit) - base
            guard position + word.count <= limit else { return nil }
            if memcmp(hit, word, word.count) == 0 { return position }
            position += 1
        }
        return nil
    }
}
