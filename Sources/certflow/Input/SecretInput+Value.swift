import Foundation
import PluginKit
import Runner

extension SecretInput {
    /// In bytes: a key in PEM fits well.
    private static let longestValue = 64 << 10

    /// A value of any number of lines: from a file, from standard input, or asked for at the terminal. One line loses its
    /// end.
    /// - Throws: `DeskRefusal`.
    static func value(of name: String, file: String?) throws -> Secret {
        if file == nil, isatty(STDIN_FILENO) == 1, let typed = try ask("Value of \(name)", twice: true) {
            return typed
        }
        let path = file ?? "-"
        let handle = path == "-" ? .standardInput : FileHandle(forReadingAtPath: path)
        guard let handle else {
            throw DeskRefusal(
                "secret.unreadable", "\(path) can't be read: \(String(cString: strerror(errno))).",
                remedy: "Check the path and its rights.")
        }
        var bytes = Data()
        do {
            while let piece = try handle.read(upToCount: longestValue + 1 - bytes.count), !piece.isEmpty {
                bytes += piece
            }
        } catch {
            throw DeskRefusal(
                "secret.unreadable", "\(path) can't be read: \(error.localizedDescription)",
                remedy: "Name a file that holds the value.")
        }
        guard bytes.count <= longestValue else {
            throw DeskRefusal(
                "secret.too-long", "\(path == "-" ? "Standard input" : path) is longer than 64 KiB.",
                remedy: "A secret is a password, a token or a key.")
        }
        return Secret(Array(withoutLineEnd(bytes)))
    }

    private static func withoutLineEnd(_ bytes: Data) -> Data {
        guard bytes.last == UInt8(ascii: "\n"), bytes.dropLast().firstIndex(of: UInt8(ascii: "\n")) == nil else {
            return bytes
        }
        let line = bytes.dropLast()
        return line.last == UInt8(ascii: "\r") ? line.dropLast() : line
    }
}
