import Dispatch
import Synchronization

/// Threads of their own for reads that take longer than a look.
///
/// Whoever reads holds one of the pool's few readers until it is done, and must be able to get done: with nothing between
/// that needs a thread of the cooperative pool, for all of those may be waiting for a reader themselves. GRDB's own
/// asynchronous reads go back there before they let go.
final class ReadLanes: Sendable {
    /// Fewer than the pool has readers: looks never wait for all of them.
    static let count = 2

    private let queues: [DispatchQueue]
    private let next = Atomic<Int>(0)

    init() {
        // Serial queues get threads beyond the cooperative pool's; concurrent ones would share those.
        queues = (1...Self.count).map { DispatchQueue(label: "certflow.read.\($0)") }
    }

    func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        let turn = next.wrappingAdd(1, ordering: .relaxed).newValue
        let queue = queues[Int(UInt(bitPattern: turn) % UInt(queues.count))]
        return try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Swift.Result { try body() }) }
        }
    }
}
