/// A command's arguments as one line for a POSIX shell, which is what an exec request takes.
enum CommandLine {
    /// Each argument arrives as it stands: quoted once, where it has anything that a shell could read otherwise.
    /// - Returns: nil where an argument can't be given at all: it holds a NUL byte, or there is none.
    static func quoted(_ arguments: [String]) -> String? {
        guard !arguments.isEmpty, !arguments.contains(where: { $0.utf8.contains(0) }) else { return nil }
        return arguments.map { argument in
            if !argument.isEmpty, argument.utf8.allSatisfy(isPlain) { return argument }
            // Byte by byte, as the shell reads it: to a `Character`, a quote with a combining mark is no quote.
            let escaped = argument.utf8.flatMap { $0 == UInt8(ascii: "'") ? Array("'\\''".utf8) : [$0] }
            return "'" + String(decoding: escaped, as: UTF8.self) + "'"
        }.joined(separator: " ")
    }

    /// What no shell reads as anything else. `=` is not among it: in a first word it assigns, and zsh takes `=NAME` for
    /// the path of a program.
    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "_-./:@%+,".utf8.contains(byte)
        }
    }
}
