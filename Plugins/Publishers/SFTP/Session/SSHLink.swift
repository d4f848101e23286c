import CSSH2
import Foundation

/// Owns one libssh2 session, which never blocks by itself, over a socket or over a channel of another one.
///
/// Not `Sendable`: it is used on the thread of one session alone, jump hosts included, and freed when nobody uses it any
/// more. Each call waits in `poll` until its
/// deadline, and at most one is under way (libssh2 keeps the state of an unfinished call in the session).
final class SSHLink {
    enum Carrier {
        case socket(TCPConnection)
        /// Of the session to a jump host.
        case channel(SSHChannel)
    }

    let raw: OpaquePointer
    let patience: Patience
    private let carrier: Carrier
    private let context: Context

    /// What libssh2's callbacks find theirs by.
    final class Context {
        /// What carries the session, where that is no socket.
        let channel: SSHChannel?
        /// What answers a server's questions, while it may ask some.
        var answer: LentAnswer?

        init(_ channel: SSHChannel?) { self.channel = channel }

        static func of(_ abstract: UnsafeMutablePointer<UnsafeMutableRawPointer?>?) -> Context? {
            abstract?.pointee.map { Unmanaged<Context>.fromOpaque($0).takeUnretainedValue() }
        }
    }

    init(over carrier: Carrier, _ patience: Patience) throws(SSHProblem) {
        try SSHLibrary.prepare()
        self.carrier = carrier
        self.patience = patience
        if case .channel(let channel) = carrier { context = Context(channel) } else { context = Context(nil) }
        guard let raw = libssh2_session_init_ex(nil, nil, nil, Unmanaged.passUnretained(context).toOpaque()) else {
            throw SSHProblem(.library, "no memory for a session")
        }
        self.raw = raw
        libssh2_session_set_blocking(raw, 0)
        guard context.channel != nil else { return }
        shim_ssh2_set_receive(raw) { _, buffer, length, _, abstract in
            guard let channel = Context.of(abstract)?.channel, let buffer else { return -Int(EIO) }
            return channel.receive(buffer.assumingMemoryBound(to: CChar.self), length)
        }
        shim_ssh2_set_send(raw) { _, buffer, length, _, abstract in
            guard let channel = Context.of(abstract)?.channel, let buffer else { return -Int(EIO) }
            return channel.send(buffer.assumingMemoryBound(to: CChar.self), length)
        }
    }

    /// The connection is cut first, so that freeing the session can wait for nobody.
    deinit {
        cut()
        for _ in 0..<8 where libssh2_session_free(raw) != LIBSSH2_ERROR_EAGAIN { break }
    }

    /// Whether the other side is still there, as far as this side was told.
    var isOpen: Bool { connection.isOpen }

    func cut() { connection.cut() }

    /// Agrees with the other side on keys; it is authenticated only when its host key was judged.
    /// - Parameter types: the types of host key to ask for, the best first.
    func handshake(hostKeyTypes types: [String], until deadline: ContinuousClock.Instant) throws {
        let status = libssh2_session_method_pref(raw, LIBSSH2_METHOD_HOSTKEY, types.joined(separator: ","))
        guard status == 0 else { throw SSHProblem(.noCommonMethod, "libssh2 knows none of \(types)") }
        try call(until: deadline) { libssh2_session_handshake(raw, connection.descriptor) }
    }

    /// The types of host key that this libssh2 can check, the best first. SHA-1 and DSA are none.
    func supportedHostKeyTypes() -> [String] {
        var names: UnsafeMutablePointer<UnsafePointer<CChar>?>?
        let count = libssh2_session_supported_algs(raw, LIBSSH2_METHOD_HOSTKEY, &names)
        guard count > 0, let names else { return [] }
        defer { libssh2_free(raw, names) }
        let found = (0..<Int(count)).compactMap { names[$0].map { String(cString: $0) } }
        return HostKey.types.filter { found.contains($0) }
    }

    /// What the other side showed in the handshake.
    func hostKey() throws(SSHProblem) -> HostKey {
        var length = 0
        var type: Int32 = 0
        guard let bytes = libssh2_session_hostkey(raw, &length, &type), length > 0,
            let key = HostKey(blob: UnsafeRawBufferPointer(start: bytes, count: length).map { $0 })
        else { throw SSHProblem(.violation, "the server showed no host key") }
        return key
    }

    /// Lends `answer` to the server's questions during `body`.
    func answering<Result>(by answer: LentAnswer, _ body: () throws -> Result) rethrows -> Result {
        context.answer = answer
        defer { context.answer = nil }
        return try body()
    }

    // MARK: Calls

    /// Calls until libssh2 has done it.
    /// - Throws: `SSHProblem`, `CancellationError`.
    @discardableResult
    func call(until deadline: ContinuousClock.Instant, _ body: () -> Int32) throws -> Int32 {
        while true {
            let status = body()
            if status >= 0 { return status }
            guard status == LIBSSH2_ERROR_EAGAIN else { throw problem(status) }
            try wait(until: deadline)
        }
    }

    /// As `call`, for what makes something.
    func make(until deadline: ContinuousClock.Instant, _ body: () -> OpaquePointer?) throws -> OpaquePointer {
        while true {
            if let made = body() { return made }
            let status = libssh2_session_last_errno(raw)
            guard status == LIBSSH2_ERROR_EAGAIN else { throw problem(status) }
            try wait(until: deadline)
        }
    }

    /// Waits until the connection can go on.
    func wait(until deadline: ContinuousClock.Instant) throws {
        // What waits below decides for what: a channel's session may have to read before it can write.
        if case .channel(let channel) = carrier { return try channel.link.wait(until: deadline) }
        let directions = libssh2_session_block_directions(raw)
        var events: Int32 = 0
        if directions & LIBSSH2_SESSION_BLOCK_INBOUND != 0 { events |= POLLIN }
        if directions & LIBSSH2_SESSION_BLOCK_OUTBOUND != 0 { events |= POLLOUT }
        try patience.wait(for: connection.descriptor, events == 0 ? POLLIN : events, until: deadline)
    }

    func problem(_ status: Int32) -> SSHProblem {
        var text: UnsafeMutablePointer<CChar>?
        libssh2_session_last_error(raw, &text, nil, 0)
        let words = text.map { String(cString: $0) } ?? ""
        let cause = words.isEmpty ? "libssh2 error \(status)" : words
        let kind: SSHProblem.Kind =
            switch status {
            // Both sides have said what they can: no matter whether the other one has hung up since.
            case LIBSSH2_ERROR_KEX_FAILURE: .noCommonMethod
            case LIBSSH2_ERROR_KEY_EXCHANGE_FAILURE, LIBSSH2_ERROR_METHOD_NONE,
                LIBSSH2_ERROR_METHOD_NOT_SUPPORTED:
                isOpen ? .noCommonMethod : .lost
            case LIBSSH2_ERROR_CHANNEL_FAILURE, LIBSSH2_ERROR_CHANNEL_REQUEST_DENIED:
                words.contains("(resource shortage)") ? .unreachable : .refused
            case LIBSSH2_ERROR_PROTO, LIBSSH2_ERROR_INVALID_MAC, LIBSSH2_ERROR_DECRYPT, LIBSSH2_ERROR_HOSTKEY_INIT,
                LIBSSH2_ERROR_HOSTKEY_SIGN, LIBSSH2_ERROR_BANNER_RECV, LIBSSH2_ERROR_OUT_OF_BOUNDARY:
                isOpen ? .violation : .lost
            case LIBSSH2_ERROR_ALLOC, LIBSSH2_ERROR_BAD_USE, LIBSSH2_ERROR_INVAL, LIBSSH2_ERROR_ZLIB: .library
            default: .lost
            }
        return SSHProblem(kind, cause)
    }

    private var connection: TCPConnection {
        switch carrier {
        case .socket(let connection): connection
        case .channel(let channel): channel.link.connection
        }
    }
}
