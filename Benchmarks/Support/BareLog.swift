import Foundation

/// A log that is only written and synced: what the disk does at most.
enum BareLog {
    struct Failed: Error {
        var call: String
        var code = errno
    }

    private static let size = 64 << 20

    /// Writes `bytes` and syncs them, again and again over the same file, as a write-ahead log is.
    /// - Returns: how long each took.
    static func append(_ bytes: Int, times: Int, in directory: String) throws -> Duration {
        let file = open("\(directory)/bare.log", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw Failed(call: "open") }
        defer { close(file) }
        let content = [UInt8](repeating: 65, count: min(max(bytes, 1), size))
        for offset in stride(from: 0, to: size, by: content.count) {
            guard pwrite(file, content, content.count, offset) == content.count else { throw Failed(call: "pwrite") }
        }
        guard fsync(file) == 0 else { throw Failed(call: "fsync") }
        let start = ContinuousClock.now
        for time in 0..<times {
            let offset = time * content.count % size
            guard pwrite(file, content, content.count, offset) == content.count else { throw Failed(call: "pwrite") }
            guard fdatasync(file) == 0 else { throw Failed(call: "fdatasync") }
        }
        return (ContinuousClock.now - start) / times
    }

    /// By this process so far, to files and elsewhere (proc(5), io).
    static func bytesWritten() throws -> Int {
        let text = try String(contentsOfFile: "/proc/self/io", encoding: .utf8)
        let line = text.split(separator: "\n").first { $0.hasPrefix("wchar:") }
        return line?.split(separator: " ").last.flatMap { Int($0) } ?? 0
    }
}
