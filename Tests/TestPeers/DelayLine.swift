import Foundation
import Synchronization

/// Passes pieces on a while later, each after the same time, as a longer line would.
final class DelayLine: Sendable {
    private struct State {
        var pieces: [(due: ContinuousClock.Instant, bytes: ArraySlice<UInt8>)] = []
        var isEnded = false
        var isBroken = false
    }

    private let latency: Duration
    private let state = Mutex(State())
    private let news = DispatchSemaphore(value: 0)
    private let isThrough = DispatchSemaphore(value: 0)

    /// - Parameter send: says whether the piece went; after one that did not nothing is sent.
    init(_ latency: Duration, _ send: @escaping @Sendable (ArraySlice<UInt8>) -> Bool) {
        self.latency = latency
        Thread { [self] in
            while let piece = next() {
                let wait = piece.due - ContinuousClock.now
                if wait > .zero { usleep(UInt32(clamping: Int64(wait / .microseconds(1)))) }
                guard send(piece.bytes) else {
                    state.withLock { $0.isBroken = true }
                    break
                }
            }
            isThrough.signal()
        }.start()
    }

    /// - Returns: whether the line is whole.
    func add(_ bytes: ArraySlice<UInt8>) -> Bool {
        let due = ContinuousClock.now + latency
        let isWhole = state.withLock { state in
            state.pieces.append((due, bytes))
            return !state.isBroken
        }
        news.signal()
        return isWhole
    }

    /// Waits until everything has arrived.
    func end() {
        state.withLock { $0.isEnded = true }
        news.signal()
        isThrough.wait()
    }

    private func next() -> (due: ContinuousClock.Instant, bytes: ArraySlice<UInt8>)? {
        while true {
            let (piece, isEnded) = state.withLock { state in
                (state.pieces.isEmpty ? nil : state.pieces.removeFirst(), state.isEnded)
            }
            if let piece { return piece }
            if isEnded { return nil }
            news.wait()
        }
    }
}
