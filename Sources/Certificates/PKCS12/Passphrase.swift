import PluginKit

/// A passphrase as PKCS#12 takes it (RFC 7292, B.1): Unicode text, in UTF-8, ended by a zero byte.
enum Passphrase {
    /// Lends the C string and zeroes it afterwards.
    /// - Throws: `CertificateFailure` (`pkcs12.unusable-passphrase`) where it is no text, or what `body` throws.
    static func withCString<Result>(
        _ passphrase: Secret, _ body: (UnsafePointer<CChar>, Int32) throws(CertificateFailure) -> Result
    ) throws(CertificateFailure) -> Result {
        var text = passphrase.withBytes { $0.map { CChar(bitPattern: $0) } + [0] }
        defer { text.zero() }
        let length = text.count - 1
        guard length <= 1024, !text.dropLast().contains(0), isText(passphrase) else { throw .unusablePassphrase() }
        return try text.withUnsafeBufferPointer { buffer throws(CertificateFailure) in
            guard let start = buffer.baseAddress else { throw .unusablePassphrase() }
            return try body(start, Int32(length))
        }
    }

    private static func isText(_ passphrase: Secret) -> Bool {
        passphrase.withBytes { bytes in
            var decoder = UTF8()
            var iterator = bytes.makeIterator()
            while true {
                switch decoder.decode(&iterator) {
                case .scalarValue: continue
                case .emptyInput: return true
                case .error: return false
                }
            }
        }
    }
}
