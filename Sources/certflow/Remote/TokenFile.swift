import Foundation

/// A token that stands in a file, so that it is seen neither among the arguments nor in the environment.
enum TokenFile {
    private static let longest = 4096

    /// - Throws: `HomeProblem`: what is wrong with the file, and what to do.
    static func read(_ path: String?) throws -> String {
        guard let path else {
            throw HomeProblem(
                "token.missing", "There is no token for the server.",
                remedy: "Name the file that holds it with --token-file or CERTFLOW_TOKEN_FILE; "
                    + "Settings, or `certflow token issue` on the server, makes one.")
        }
        var info = stat()
        guard stat(path, &info) == 0, let handle = FileHandle(forReadingAtPath: path) else {
            throw HomeProblem(
                "token.unreadable", "The token's file \(path) can't be read.",
                remedy: "Check the path and its rights.")
        }
        defer { try? handle.close() }
        // Of a pipe, as a shell's <(…) makes it, the rights say nothing.
        guard info.st_mode & S_IFMT != S_IFREG || info.st_mode & 0o077 == 0 else {
            throw HomeProblem(
                "token.open", "Others may read the token's file \(path).",
                remedy: "Run `chmod 600 \(path)`, and withdraw the token if somebody may have read it.")
        }
        guard let bytes = try? handle.read(upToCount: longest + 1) ?? Data() else {
            throw HomeProblem(
                "token.unreadable", "The token's file \(path) can't be read.",
                remedy: "Name a file that holds the token, and check its rights.")
        }
        let text = String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        guard !text.isEmpty, bytes.count <= longest, text.utf8.allSatisfy({ (33...126).contains($0) }) else {
            throw HomeProblem(
                "token.wrong", "The file \(path) does not hold a token.",
                remedy: "Put the token into it, alone, as it was shown when it was made.")
        }
        return text
    }
}
