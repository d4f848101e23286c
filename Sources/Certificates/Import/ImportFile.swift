import Foundation
import PluginKit

/// One file that an operator gave to import: where it came from, and its bytes.
public struct ImportFile: Sendable {
    /// The path, or another name that the operator knows it by.
    public var source: String
    public var content: Secret

    public init(source: String, content: Secret) {
        self.source = source
        self.content = content
    }

    /// Reads a regular file that was named on its own: links are followed.
    /// - Throws: `CertificateFailure` (`import.unreadable-file`, `input.too-large`).
    public init(reading path: String) throws(CertificateFailure) {
        // Non-blocking: a FIFO in the way must not hold us up.
        let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .unreadableFile(path, because: Self.reason(errno)) }
        defer { close(descriptor) }
        try self.init(reading: descriptor, as: path)
    }

    /// - Parameter path: what messages call it.
    init(reading descriptor: Int32, as path: String) throws(CertificateFailure) {
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw .unreadableFile(path, because: "it is not a regular file")
        }
        guard status.st_size <= InputLimits.input else { throw .tooLarge(bytes: Int(status.st_size)) }
        self.init(source: path, content: try Self.content(of: descriptor, path))
    }

    private static func content(of descriptor: Int32, _ path: String) throws(CertificateFailure) -> Secret {
        var buffer = [UInt8](repeating: 0, count: InputLimits.input + 1)
        defer { buffer.zero() }
        var count = 0
        while count < buffer.count {
            let received = buffer.withUnsafeMutableBytes {
                Glibc.read(descriptor, $0.baseAddress?.advanced(by: count), $0.count - count)
            }
            if received < 0, errno == EINTR { continue }
            guard received >= 0 else { throw .unreadableFile(path, because: reason(errno)) }
            if received == 0 { break }
            count += received
        }
        guard count <= InputLimits.input else { throw .tooLarge(bytes: count) }
        return Secret(buffer[..<count])
    }

    /// An error number in words that end the sentence "… because …".
    static func reason(_ code: Int32) -> String {
        switch code {
        case ENOENT: "nothing is there, or a link leads nowhere"
        case EACCES, EPERM: "permission is denied"
        case ENOTDIR: "it is not a directory"
        case ELOOP: "its links go in circles"
        default: String(cString: strerror(code)).lowercased()
        }
    }
}
