import CCurl
import Foundation

/// Owns the libcurl handle that runs all transfers of one thread and keeps their connections; frees it exactly once.
/// Not `Sendable`: all but `waker` stays on the thread that opened it.
struct MultiHandle: ~Copyable {
    /// Ends the wait of another thread.
    ///
    /// `@unchecked Sendable` is sound: curl_multi_wakeup is the one function that any thread may call while another uses
    /// the handle. Whoever keeps this must not call it once the handle is freed.
    struct Waker: @unchecked Sendable {
        fileprivate let raw: UnsafeMutableRawPointer

        func wake() { _ = curl_multi_wakeup(raw) }  // fails only where a wake-up is waiting already
    }

    /// On one connection; the server's own limit counts where it is lower.
    private static let mostStreams = 1000

    private let raw: UnsafeMutableRawPointer

    /// - Parameter connectionsPerHost: to one host and port; what needs more waits.
    init(connectionsPerHost: Int) throws(CurlProblem) {
        guard let raw = curl_multi_init() else { throw CurlProblem(CURLE_OUT_OF_MEMORY) }
        let statuses = [
            shim_curl_multi_setopt_long(raw, CURLMOPT_PIPELINING, Int(CURLPIPE_MULTIPLEX)),
            shim_curl_multi_setopt_long(raw, CURLMOPT_MAX_HOST_CONNECTIONS, connectionsPerHost),
            shim_curl_multi_setopt_long(raw, CURLMOPT_MAX_CONCURRENT_STREAMS, Self.mostStreams),
        ]
        if let failed = statuses.first(where: { $0 != CURLM_OK }) {
            curl_multi_cleanup(raw)
            throw CurlProblem(failed)
        }
        self.raw = raw
    }

    /// Every easy handle is taken out before.
    deinit { curl_multi_cleanup(raw) }

    var waker: Waker { Waker(raw: raw) }

    borrowing func add(_ handle: borrowing EasyHandle) throws(CurlProblem) {
        try CurlProblem.check(handle.withPointer { curl_multi_add_handle(raw, $0) })
    }

    /// Ends the transfer where it still runs.
    borrowing func remove(_ handle: borrowing EasyHandle) throws(CurlProblem) {
        try CurlProblem.check(handle.withPointer { curl_multi_remove_handle(raw, $0) })
    }

    /// Does what can be done without waiting.
    borrowing func perform() throws(CurlProblem) {
        var running: Int32 = 0
        try CurlProblem.check(curl_multi_perform(raw, &running))
    }

    /// Waits for a connection, for libcurl's next deadline, for the waker, or for `duration`.
    borrowing func wait(_ duration: Duration) throws(CurlProblem) {
        try CurlProblem.check(curl_multi_poll(raw, nil, 0, Int32(clamping: duration.milliseconds), nil))
    }

    /// The next transfer that is over, by its tag, and how it ended; nil where there is none.
    borrowing func next() -> (tag: UInt, result: CURLcode)? {
        var result = CURLE_OK
        let tag = shim_curl_multi_next(raw, &result)
        return tag == 0 ? nil : (tag, result)
    }
}

extension Duration {
    /// Whole milliseconds, at least one, at most what libcurl takes.
    var milliseconds: Int {
        let (seconds, attoseconds) = components
        guard seconds < Int64(Int32.max) / 1000 else { return Int(Int32.max) }
        guard seconds >= 0 else { return 1 }
        return max(1, Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000))
    }
}
