import NIOCore
import NIOPosix
import PluginKit
import Synchronization

/// One event loop for all that challenges do on the network: its thread starts at the first use and ends at `close`.
final class SharedLoop: Sendable {
    private struct State {
        var group: MultiThreadedEventLoopGroup?
        var inside = 0
        var isClosed = false
        var waiting: [CheckedContinuation<Void, Never>] = []

        /// Those who may stop waiting, each handed out once.
        mutating func released() -> [CheckedContinuation<Void, Never>] {
            guard isClosed, inside == 0 else { return [] }
            defer { waiting = [] }
            return waiting
        }
    }

    private let state = Mutex(State())

    /// Lends the loop; it lives until `body` has returned.
    /// - Throws: `PluginFailure` (`transient`) after `close`.
    func use<Result: Sendable>(_ body: (any EventLoop) async throws -> Result) async throws -> Result {
        let loop: (any EventLoop)? = state.withLock { state in
            guard !state.isClosed else { return nil }
            state.inside += 1
            if let group = state.group { return group.next() }
            let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
            state.group = group
            return group.next()
        }
        guard let loop else { throw PluginFailure.challengesClosed() }
        defer { leave() }
        return try await body(loop)
    }

    /// Lets nobody in any more, and ends the thread when nobody uses it.
    func close() async {
        await withCheckedContinuation { continuation in
            let released = state.withLock { state in
                state.isClosed = true
                state.waiting.append(continuation)
                return state.released()
            }
            for continuation in released { continuation.resume() }
        }
        let group = state.withLock { state in
            defer { state.group = nil }
            return state.group
        }
        try? await group?.shutdownGracefully()
    }

    private func leave() {
        let released = state.withLock { state in
            state.inside -= 1
            return state.released()
        }
        for continuation in released { continuation.resume() }
    }
}
