import Foundation

/// Owns one open file or directory and closes it exactly once.
struct Descriptor: ~Copyable {
    private let raw: Int32

    init(_ raw: Int32) { self.raw = raw }

    /// For what was read or looked at: an error of this close would say nothing.
    deinit { Glibc.close(raw) }

    /// Lends the number; it stays open until `body` has returned, whatever the compiler knows of later uses.
    @discardableResult
    borrowing func lend<Result>(_ body: (Int32) throws -> Result) rethrows -> Result { try body(raw) }

    /// For what was written: some file systems tell of a failed write only here.
    consuming func close(_ kernel: Kernel, _ path: String) throws {
        let raw = raw
        discard self
        do {
            try kernel.call(.close, path) { Glibc.close(raw) }
        } catch {
            // A test's fault stands in for the call: the descriptor must not stay open for it.
            if kernel.fault != nil { Glibc.close(raw) }
            throw error
        }
    }

    /// What it stands for.
    borrowing func status(_ kernel: Kernel, _ path: @autoclosure () -> String) throws -> stat {
        var found = stat()
        try kernel.call(.look, path()) { fstat(raw, &found) }
        return found
    }
}
