/// A command's arguments as one line for a POSIX shell, which is what an exec request takes.
enum CommandLine {
    /// Each argument arrives as it stands: quoted once, where it has anything that a shell could read otherwise.
    /// - Returns: nil where an argument can't be given at all: it holds a NUL byte, or there is none.
    static func quoted(_ arguments: [String]) -> String? {
        guard !arguments.isEmpty, !arguments.contains(where: { $0.utf8.contains(0) }) else { return nil }
        return arguments.enumerated().map { index, argument in
            // A first word with `=` would be an assignment.
            let isPlain =
                !argument.isEmpty && argument.utf8.allSatisfy(isPlain)
                && !(index == 0 && argument.utf8.contains(UInt8(ascii: "=")))
            if isPlain { return argument }
            return "'" + argument.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''")
                + "'"
        }.joined(separator: " ")
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "_-./:=@%+,".utf8.contains(byte)
        }
    }
}
