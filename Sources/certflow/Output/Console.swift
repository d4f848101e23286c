import Foundation
import Synchronization

/// Where output goes: standard output for what was asked for, standard error for what went wrong. Colour only on a
/// terminal, and never where NO_COLOR is set (no-color.org).
enum Console {
    enum Colour: String {
        case good = "32"
        case warning = "33"
        case bad = "31"
        case faint = "2"
        case strong = "1"
    }

    static let isTerminal = isatty(STDOUT_FILENO) == 1
    private static let isColoured =
        isTerminal && ProcessInfo.processInfo.environment["NO_COLOR"] == nil
        && ProcessInfo.processInfo.environment["TERM"] != "dumb"
    /// The line that stays below everything: what is waited for.
    private static let footer = Mutex("")

    static func line(_ text: String = "") { write(text + "\n", to: STDOUT_FILENO) }

    static func error(_ text: String) { write("certflow: \(text)\n", to: STDERR_FILENO) }

    /// Keeps `text` as the last line of a terminal, below all that is printed from now on; empty: none. Elsewhere nothing
    /// is shown.
    static func keepBelow(_ text: String) {
        guard isTerminal else { return }
        footer.withLock { footer in
            guard footer != text else { return }
            footer = text
            send(clearing + text, to: STDOUT_FILENO)
        }
    }

    private static let clearing = "\r\u{1B}[2K"

    static func paint(_ text: String, _ colour: Colour?) -> String {
        guard isColoured, let colour, !text.isEmpty else { return text }
        return "\u{1B}[\(colour.rawValue)m\(text)\u{1B}[0m"
    }

    /// How wide text is folded: the terminal's width, where there is one, within reason.
    static let width: Int = {
        var size = winsize()
        guard isTerminal, ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 110 }
        return min(max(Int(size.ws_col), 60), 120)
    }()

    /// Text from outside without what a terminal would take as commands, or what would turn the order of its letters.
    static func harmless(_ text: String) -> String {
        if isPlain(text) { return text }
        return String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { scalar in
                    let isControl = scalar.value < 32 && scalar != "\n" && scalar != "\t"
                    return isControl || (127..<160).contains(scalar.value) || isTurning(scalar) ? "\u{FFFD}" : scalar
                }))
    }

    /// Bytes as they are to standard output.
    /// - Returns: whether all of them were taken; else `errno` says why.
    static func write(_ bytes: UnsafeRawBufferPointer) -> Bool { send(bytes, to: STDOUT_FILENO) }

    /// As `harmless`, on one line: for names and cells of tables.
    static func oneLine(_ text: String) -> String {
        if isPlain(text) { return text }
        return harmless(text.split(whereSeparator: \.isNewline).joined(separator: " ").replacing("\t", with: " "))
    }

    /// Most texts are: letters, digits and signs of ASCII.
    private static func isPlain(_ text: String) -> Bool { text.utf8.allSatisfy { (32..<127).contains($0) } }

    /// Marks and overrides of the direction of writing (Unicode, UAX 9).
    private static func isTurning(_ scalar: Unicode.Scalar) -> Bool {
        [0x061C, 0x200E, 0x200F].contains(scalar.value) || (0x202A...0x202E).contains(scalar.value)
            || (0x2066...0x2069).contains(scalar.value)
    }

    private static func write(_ text: String, to descriptor: Int32) {
        footer.withLock { footer in send(footer.isEmpty ? text : clearing + text + footer, to: descriptor) }
    }

    private static func send(_ text: String, to descriptor: Int32) {
        // Whoever read this may have gone: then nobody is there to complain to.
        _ = Array(text.utf8).withUnsafeBytes { send($0, to: descriptor) }
    }

    private static func send(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = Foundation.write(descriptor, bytes.baseAddress?.advanced(by: sent), bytes.count - sent)
            guard count > 0 || errno == EINTR else { return false }
            sent += max(count, 0)
        }
        return true
    }
}
