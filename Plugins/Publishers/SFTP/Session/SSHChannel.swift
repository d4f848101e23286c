import CSSH2
import Foundation

/// One channel of a session (RFC 4254, section 5); libssh2 frees it with the session, or `close` before.
final class SSHChannel {
    /// What the other side may send before it is read, in bytes.
    private static let window: UInt32 = 2 << 20
    private static let packet: UInt32 = 32_768

    let link: SSHLink
    let raw: OpaquePointer

    private init(_ link: SSHLink, _ raw: OpaquePointer) {
        self.link = link
        self.raw = raw
    }

    /// One that something is to be started in.
    static func open(on link: SSHLink, until deadline: ContinuousClock.Instant) throws -> SSHChannel {
        let raw = try link.make(until: deadline) {
            libssh2_channel_open_ex(link.raw, "session", 7, window, packet, nil, 0)
        }
        return SSHChannel(link, raw)
    }

    /// A connection from the other side to a place that it reaches (RFC 4254, section 7.2).
    static func forward(
        on link: SSHLink, to host: String, port: Int, until deadline: ContinuousClock.Instant
    ) throws -> SSHChannel {
        do {
            let raw = try link.make(until: deadline) {
                libssh2_channel_direct_tcpip_ex(link.raw, host, Int32(clamping: port), "127.0.0.1", 0)
            }
            return SSHChannel(link, raw)
        } catch let problem as SSHProblem where problem.kind == .refused && problem.cause.contains("(connect failed)") {
            // The other side would, and can't: RFC 4254, section 5.1. libssh2 tells the reason in words alone.
            throw SSHProblem(.unreachable, "nobody answers there, as the jump host says")
        }
    }

    /// - Parameters:
    ///   - request: `exec` or `subsystem`.
    ///   - message: the command line or the subsystem's name.
    /// - Throws: `SSHProblem` (`refused`: the channel is freed then, and the session goes on), `CancellationError`.
    func start(_ request: String, _ message: String, until deadline: ContinuousClock.Instant) throws {
        do {
            try link.call(until: deadline) {
                libssh2_channel_process_startup(
                    raw, request, UInt32(clamping: request.utf8.count), message, UInt32(clamping: message.utf8.count))
            }
        } catch let problem as SSHProblem where problem.kind == .refused {
            // Servers count open channels.
            try free(until: deadline)
            throw problem
        }
    }

    /// Writes all of it.
    func write(_ bytes: UnsafeRawBufferPointer, until deadline: ContinuousClock.Instant) throws {
        var rest = bytes
        while let base = rest.baseAddress, !rest.isEmpty {
            let count = libssh2_channel_write_ex(raw, 0, base.assumingMemoryBound(to: CChar.self), rest.count)
            if count == Int(LIBSSH2_ERROR_EAGAIN) {
                try link.wait(until: deadline)
                continue
            }
            guard count >= 0, count <= rest.count else { throw link.problem(Int32(clamping: count)) }
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
        }
    }

    /// Reads what is there now.
    /// - Parameter stream: 0, or 1 for the error stream.
    /// - Returns: the number of bytes, 0 at the end; nil where nothing is there yet.
    func read(into buffer: UnsafeMutableRawBufferPointer, stream: Int32 = 0) throws -> Int? {
        guard let base = buffer.baseAddress else { return 0 }
        let count = libssh2_channel_read_ex(raw, stream, base.assumingMemoryBound(to: CChar.self), buffer.count)
        if count == Int(LIBSSH2_ERROR_EAGAIN) { return nil }
        guard count >= 0, count <= buffer.count else { throw link.problem(Int32(clamping: count)) }
        return count
    }

    var isAtEnd: Bool { libssh2_channel_eof(raw) != 0 }

    func sendEnd(until deadline: ContinuousClock.Instant) throws {
        try link.call(until: deadline) { libssh2_channel_send_eof(raw) }
    }

    /// Closes both directions, and waits for the other side's consent.
    func close(until deadline: ContinuousClock.Instant) throws {
        try link.call(until: deadline) { libssh2_channel_close(raw) }
        try link.call(until: deadline) { libssh2_channel_wait_closed(raw) }
    }

    /// Closes it where that has not been done, and frees it: the last call.
    func free(until deadline: ContinuousClock.Instant) throws {
        try link.call(until: deadline) { libssh2_channel_free(raw) }
    }

    // MARK: As the carrier of another session: libssh2 expects what recv(2) and send(2) do, with -errno

    func receive(_ buffer: UnsafeMutablePointer<CChar>, _ length: Int) -> Int {
        Self.answer(libssh2_channel_read_ex(raw, 0, buffer, length))
    }

    func send(_ buffer: UnsafePointer<CChar>, _ length: Int) -> Int {
        Self.answer(libssh2_channel_write_ex(raw, 0, buffer, length))
    }

    private static func answer(_ count: Int) -> Int {
        if count >= 0 { return count }
        return count == Int(LIBSSH2_ERROR_EAGAIN) ? -Int(EAGAIN) : -Int(ECONNRESET)
    }
}
