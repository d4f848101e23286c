import Synchronization

/// What callers hand to the thread that runs transfers, and how they wake it.
final class TransferQueue: Sendable {
    /// One request with the caller that waits for its answer.
    struct Entry: Sendable {
        /// Never 0, never given twice.
        var ticket: UInt
        var request: HTTPRequest
        var place: Destination
        var deadline: ContinuousClock.Instant
        var caller: CheckedContinuation<HTTPResponse, any Error>
    }

    /// What came since the thread last asked.
    struct News {
        var entries: [Entry] = []
        /// Tickets whose callers were cancelled.
        var cancelled: [UInt] = []
        var isClosed = false

        var isEmpty: Bool { entries.isEmpty && cancelled.isEmpty && !isClosed }
    }

    private struct State {
        var news = News()
        var lastTicket: UInt = 0
        var hasThread = false
        /// Whoever waits until the thread is gone.
        var closing: [CheckedContinuation<Void, Never>] = []
        var waker: MultiHandle.Waker?
    }

    private let state = Mutex(State())

    /// A number for the next request.
    func ticket() -> UInt {
        state.withLock { state in
            state.lastTicket &+= 1
            return state.lastTicket
        }
    }

    /// Hands over a request.
    /// - Returns: whether the caller starts the thread: none runs.
    func add(_ entry: Entry) -> Bool {
        let (isClosed, starts) = state.withLock { state -> (Bool, Bool) in
            if state.news.isClosed { return (true, false) }
            state.news.entries.append(entry)
            state.waker?.wake()
            defer { state.hasThread = true }
            return (false, !state.hasThread)
        }
        if isClosed { entry.caller.resume(throwing: TransferFailure.closed(entry.place, hasSent: false)) }
        return starts
    }

    func cancel(_ ticket: UInt) {
        state.withLock { state in
            guard state.hasThread else { return }
            state.news.cancelled.append(ticket)
            state.waker?.wake()
        }
    }

    /// Lets nothing more in and ends what is under way.
    func close() {
        state.withLock { state in
            state.news.isClosed = true
            state.waker?.wake()
        }
    }

    /// Returns when there is no thread any more.
    func ended() async {
        await withCheckedContinuation { caller in
            let isOver = state.withLock { state in
                if state.hasThread { state.closing.append(caller) }
                return !state.hasThread
            }
            if isOver { caller.resume() }
        }
    }

    /// For the thread: its multi handle is there, or is about to be freed.
    func wakes(_ waker: MultiHandle.Waker?) { state.withLock { $0.waker = waker } }

    /// For the thread: what is new.
    func take() -> News {
        state.withLock { state in
            defer { state.news = News(isClosed: state.news.isClosed) }
            return state.news
        }
    }

    /// For the thread, without a multi handle: ends it, where nothing came meanwhile.
    /// - Returns: whether it is to end.
    func end() -> Bool {
        let closing: [CheckedContinuation<Void, Never>]? = state.withLock { state in
            guard state.news.entries.isEmpty else { return nil }
            state.news.cancelled = []
            state.hasThread = false
            defer { state.closing = [] }
            return state.closing
        }
        for caller in closing ?? [] { caller.resume() }
        return closing != nil
    }
}

extension TransferFailure {
    static func closed(_ place: Destination, hasSent: Bool) -> Self {
        hasSent
            ? Self(.broken, "The exchange with \(place) was broken off: this program ends.")
            : Self(.local, "\(place) was not asked: this program ends.")
    }
}
