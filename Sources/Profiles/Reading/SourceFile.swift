import Foundation
import PluginKit

/// A text file that a person wrote: regular, at most 1 MiB, UTF-8.
public struct SourceFile: Sendable, Equatable {
    /// In bytes.
    public static let limit = 1_048_576

    /// As problems name it.
    public var path: String
    public var text: String

    public init(_ text: String, path: String) {
        self.path = path
        self.text = text
    }

    /// - Throws: a problem where the bytes are too many or not UTF-8.
    public init(bytes: Data, path: String) throws(OptionProblem) {
        guard bytes.count <= Self.limit else { throw Self.tooLarge(path) }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw Self.notUTF8(bytes, path) }
        // Some editors begin a file with a byte order mark.
        self.init(text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text, path: path)
    }

    /// Reads a file; one that could block (a pipe, a device) is refused.
    /// - Throws: a problem that names the file and what keeps it from being read.
    public init(reading path: String) throws(OptionProblem) {
        let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.unreadable(path, errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Self.unreadable(path, errno) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw OptionProblem(
                .start(of: path), "This is not a regular file.", remedy: "Name a file that holds YAML text.")
        }
        var bytes = Data()
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while bytes.count <= Self.limit {
            let count = read(descriptor, &buffer, buffer.count)
            if count == 0 { break }
            guard count > 0 else {
                if errno == EINTR { continue }
                throw Self.unreadable(path, errno)
            }
            bytes.append(contentsOf: buffer.prefix(count))
        }
        try self.init(bytes: bytes, path: path)
    }

    private static func unreadable(_ path: String, _ code: Int32) -> OptionProblem {
        let reason = String(cString: strerror(code))
        return OptionProblem(
            .start(of: path), "The file can't be read: \(reason).",
            remedy: "See that it exists and that the user who runs certflow may read it.")
    }

    static func tooLarge(_ path: String) -> OptionProblem {
        OptionProblem(.start(of: path), "The file is larger than 1 MiB.", remedy: "Split it into smaller files.")
    }

    private static func notUTF8(_ bytes: Data, _ path: String) -> OptionProblem {
        var position = SourcePosition.start(of: path)
        for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            guard String(validating: line, as: UTF8.self) == nil else {
                position.line += 1
                continue
            }
            // A mark of what can't be read stands exactly where the first bad byte was.
            let repaired = String(decoding: line, as: UTF8.self).unicodeScalars
            position.column = repaired.prefix { $0 != "\u{FFFD}" }.count + 1
            break
        }
        return OptionProblem(position, "The file is not UTF-8 text.", remedy: "Save it with the encoding UTF-8.")
    }
}

extension SourcePosition {
    static func start(of file: String) -> Self { Self(file: file, line: 1, column: 1) }
}
