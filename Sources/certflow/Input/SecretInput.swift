import Foundation
import PluginKit
import Runner

/// How a command is told a secret: by a file or at the terminal, never as an argument.
enum SecretInput {
    /// In bytes; a line end does not count.
    private static let limit = 4096

    /// The first line of a file, without its end; `-` is standard input.
    /// - Throws: `DeskRefusal`.
    static func read(file path: String) throws -> Secret {
        let descriptor = path == "-" ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC)
        guard descriptor >= 0 else { throw unreadable(path, String(cString: strerror(errno))) }
        defer { close(descriptor) }
        return try line(descriptor, path)
    }

    /// Asks at the terminal, without showing what is typed.
    /// - Parameter twice: for a secret that is made, not repeated: a slip would lock it.
    /// - Returns: nil where there is no terminal to ask at.
    /// - Throws: `DeskRefusal`.
    static func ask(_ question: String, twice: Bool = false) throws -> Secret? {
        let terminal = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC)
        guard terminal >= 0 else { return nil }
        defer { close(terminal) }
        let first = try answer(question, terminal)
        guard twice else { return first }
        guard try answer("Again", terminal).matches(first) else {
            throw DeskRefusal("secret.differs", "The two answers differ.", remedy: "Try it again.")
        }
        return first
    }

    private static func answer(_ question: String, _ terminal: Int32) throws -> Secret {
        var before = termios()
        guard tcgetattr(terminal, &before) == 0 else {
            throw unreadable("the terminal", String(cString: strerror(errno)))
        }
        var silent = before
        silent.c_lflag &= ~tcflag_t(ECHO)
        tell("\(question): ", terminal)
        tcsetattr(terminal, TCSAFLUSH, &silent)
        defer {
            tcsetattr(terminal, TCSAFLUSH, &before)
            tell("\n", terminal)
        }
        return try line(terminal, "the terminal")
    }

    private static func tell(_ text: String, _ terminal: Int32) {
        _ = Array(text.utf8).withUnsafeBytes { write(terminal, $0.baseAddress, $0.count) }
    }

    private static func line(_ descriptor: Int32, _ source: String) throws -> Secret {
        var bytes = [UInt8](repeating: 0, count: limit + 2)
        defer { for index in bytes.indices { bytes[index] = 0 } }
        var filled = 0
        while filled < bytes.count, !bytes[..<filled].contains(UInt8(ascii: "\n")) {
            let count = bytes.withUnsafeMutableBytes {
                Foundation.read(descriptor, $0.baseAddress?.advanced(by: filled), $0.count - filled)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw unreadable(source, String(cString: strerror(errno))) }
            if count == 0 { break }
            filled += count
        }
        var end = bytes[..<filled].firstIndex(of: UInt8(ascii: "\n")) ?? filled
        if end > 0, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
        guard end <= limit else { throw unreadable(source, "its first line has more than \(limit) bytes") }
        guard end > 0 else { throw unreadable(source, "its first line is empty") }
        return Secret(bytes[..<end])
    }

    private static func unreadable(_ source: String, _ cause: String) -> DeskRefusal {
        DeskRefusal(
            "secret.unreadable", "The passphrase can't be read from \(source): \(cause).",
            remedy: "Name a file whose first line is the passphrase, readable for you alone.")
    }
}
