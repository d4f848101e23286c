import CCurl
import Foundation

/// Runs transfers on a thread of its own, which is there while there is work, and a little longer.
///
/// Not `Sendable`: made and used on that thread.
final class TransferLoop {
    /// What a client is made with.
    struct Settings: Sendable {
        var connectionsPerHost: Int
        var connectTimeout = Duration.seconds(10)
        /// How long connections are kept, and the thread with them, where nobody asks for anything.
        var linger = Duration.seconds(60)
    }

    /// A transfer under way.
    private struct Running {
        var entry: TransferQueue.Entry
        var transfer: Transfer
    }

    /// Easy handles are cheap to keep and dear to make.
    private static let mostSpare = 32
    /// In bytes; of OpenSSL and the name services, which run elsewhere for the most part.
    private static let stackSize = 1 << 20

    /// How long transfers are left alone at most. libcurl 7.88 forgets now and then to say that it has bytes of an HTTP/2
    /// connection left to send or to read; it takes them up whenever it is called.
    private static let beat = Duration.milliseconds(200)

    private let queue: TransferQueue
    private let settings: Settings
    private var running: [UInt: Running] = [:]
    /// Nothing of what runs is over before that.
    private var nextDeadline: ContinuousClock.Instant?
    private var spare: [Transfer] = []

    private init(_ queue: TransferQueue, _ settings: Settings) {
        self.queue = queue
        self.settings = settings
    }

    /// Starts the thread. It ends by itself.
    static func start(_ queue: TransferQueue, _ settings: Settings) {
        let thread = Thread {
            ignoreBrokenPipes()
            repeat { TransferLoop(queue, settings).run() } while !queue.end()
        }
        thread.name = "certflow-curl"
        thread.stackSize = stackSize
        thread.start()
    }

    /// OpenSSL writes to connections that the other side has closed, which raises SIGPIPE on the thread that writes.
    private static func ignoreBrokenPipes() {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }

    /// Until nothing comes any more, or the client is closed, or libcurl can't go on.
    private func run() {
        do throws(CurlProblem) {
            try CurlLibrary.prepare()
            serve(try MultiHandle(connectionsPerHost: settings.connectionsPerHost))
        } catch {
            for entry in queue.take().entries {
                entry.caller.resume(throwing: TransferFailure(error, from: entry.place))
            }
        }
    }

    private func serve(_ multi: borrowing MultiHandle) {
        queue.wakes(multi.waker)
        defer { queue.wakes(nil) }
        do throws(CurlProblem) {
            try work(multi)
            endAll(multi) { TransferFailure.closed($0, hasSent: $1) }
        } catch {
            endAll(multi) { TransferFailure(error, from: $0, hasSent: $1) }
        }
    }

    private func work(_ multi: borrowing MultiHandle) throws(CurlProblem) {
        var idleSince: ContinuousClock.Instant?
        while true {
            let news = queue.take()
            for entry in news.entries { begin(entry, multi) }
            for ticket in news.cancelled { try cancel(ticket, multi) }
            guard !news.isClosed else { return }
            try multi.perform()
            while let (ticket, result) = multi.next() { try finish(ticket, result, multi) }
            if let left = try expire(multi) {
                idleSince = nil
                try multi.wait(min(left, Self.beat))
                continue
            }
            let since = idleSince ?? .now
            idleSince = since
            let left = settings.linger - (.now - since)
            guard left > .zero else { return }
            try multi.wait(left)
        }
    }

    private func begin(_ entry: TransferQueue.Entry, _ multi: borrowing MultiHandle) {
        do throws(CurlProblem) {
            let transfer: Transfer
            if let used = spare.popLast() { transfer = used } else { transfer = try Transfer() }
            try transfer.prepare(entry.request, tag: entry.ticket, connectTimeout: settings.connectTimeout)
            try multi.add(transfer.handle)
            running[entry.ticket] = Running(entry: entry, transfer: transfer)
            nextDeadline = min(nextDeadline ?? entry.deadline, entry.deadline)
        } catch {
            entry.caller.resume(throwing: TransferFailure(error, from: entry.place))
        }
    }

    private func finish(_ ticket: UInt, _ result: CURLcode, _ multi: borrowing MultiHandle) throws(CurlProblem) {
        guard let (entry, transfer) = try takeOut(ticket, multi) else { return }
        entry.caller.resume(with: transfer.outcome(result, from: entry.place).mapError { $0 })
        keep(transfer)
    }

    /// Its caller may have its answer already.
    private func cancel(_ ticket: UInt, _ multi: borrowing MultiHandle) throws(CurlProblem) {
        guard let (entry, transfer) = try takeOut(ticket, multi) else { return }
        entry.caller.resume(throwing: CancellationError())
        keep(transfer)
    }

    /// Ends what took too long. Not left to libcurl, which forgets the time of what waits for a connection.
    /// - Returns: how long there is nothing to end; nil where nothing runs.
    private func expire(_ multi: borrowing MultiHandle) throws(CurlProblem) -> Duration? {
        let now = ContinuousClock.now
        if let next = nextDeadline, next <= now || running.isEmpty {
            for (ticket, entry) in running.mapValues(\.entry) where entry.deadline <= now {
                guard let (_, transfer) = try takeOut(ticket, multi) else { continue }
                let problem = CurlProblem(CURLE_OPERATION_TIMEDOUT, "not done within \(entry.request.timeout)")
                entry.caller.resume(
                    throwing: TransferFailure(problem, from: entry.place, hasSent: transfer.hasSent))
                keep(transfer)
            }
            nextDeadline = running.values.map(\.entry.deadline).min()
        }
        return nextDeadline.map { $0 - now }
    }

    private func takeOut(
        _ ticket: UInt, _ multi: borrowing MultiHandle
    ) throws(CurlProblem) -> (TransferQueue.Entry, Transfer)? {
        guard let taken = running[ticket] else { return nil }
        try multi.remove(taken.transfer.handle)
        running[ticket] = nil
        return (taken.entry, taken.transfer)
    }

    private func keep(_ transfer: Transfer) {
        if spare.count < Self.mostSpare { spare.append(transfer) }
    }

    private func endAll(
        _ multi: borrowing MultiHandle, _ failure: (_ place: Destination, _ hasSent: Bool) -> TransferFailure
    ) {
        for (entry, transfer) in running.values.map({ ($0.entry, $0.transfer) }) {
            entry.caller.resume(throwing: failure(entry.place, transfer.hasSent))
            // Freeing a handle takes it out where this can't.
            try? multi.remove(transfer.handle)
        }
        running = [:]
        spare = []
    }
}
