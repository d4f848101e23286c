import Foundation
import PluginKit
import Synchronization

/// Sessions that outlive one call: many certificates go over one, and a verb has one to itself.
///
/// Hosts do not wait for each other. Of one host and identity there are at most `most` sessions, and who comes then
/// waits for one. A session that nobody used for `idleTime` is closed, and the one unused the longest where more than
/// `mostIdle` are; one that died is replaced.
final class SessionPool: Sendable {
    private struct Lot {
        var idle: [SSHSession] = []
        /// All there are, also those that are in use or just being made.
        var count = 0
        var waiting: [(id: Int, wake: CheckedContinuation<Void, any Error>)] = []
    }

    private struct State {
        var lots: [Data: Lot] = [:]
        /// Whose sessions are idle, in the order in which they were given back.
        var rest: [(number: Int, key: Data)] = []
        var nextNumber = 0
        var isClosed = false
    }

    private enum Turn {
        case use(SSHSession)
        case make
        case wait
        case stop
    }

    private let most: Int
    private let mostIdle: Int
    private let idleTime: Duration
    private let agent: String?
    private let state = Mutex(State())

    /// - Parameters:
    ///   - most: sessions with one host and identity at a time.
    ///   - mostIdle: sessions that nobody uses, of all hosts: each takes a few hundred kilobytes.
    ///   - agent: what the SSH agent of this machine listens at.
    init(most: Int = 4, mostIdle: Int = 32, idleTime: Duration = .seconds(60), agent: String?) {
        self.most = most
        self.mostIdle = mostIdle
        self.idleTime = idleTime
        self.agent = agent
    }

    /// How many sessions there are.
    var count: Int { state.withLock { $0.lots.values.reduce(0) { $0 + $1.count } } }

    /// Lends a session for one verb.
    func withSession<Result: Sendable>(
        with destination: Destination, _ body: (SSHSession) async throws -> Result
    ) async throws -> Result {
        let key = destination.identity
        let session = try await session(with: destination, key)
        do {
            let result = try await withTaskExecutorPreference(session.thread) { try await body(session) }
            await giveBack(session, key)
            return result
        } catch {
            await giveBack(session, key)
            throw error
        }
    }

    /// How many wait for a session.
    var waiting: Int { state.withLock { $0.lots.values.reduce(0) { $0 + $1.waiting.count } } }

    /// Closes what is idle, and what is in use as soon as it is given back. Who waits gets a `CancellationError`.
    func close() async {
        let waiting = state.withLock { state in
            state.isClosed = true
            let waiting = state.lots.values.flatMap(\.waiting)
            for key in state.lots.keys { state.lots[key]?.waiting = [] }
            return waiting
        }
        for (_, wake) in waiting { wake.resume(throwing: CancellationError()) }
        await closeIdle()
    }

    /// Closes what nobody uses now.
    func closeIdle() async {
        let idle = state.withLock { state in
            let idle = state.lots.values.flatMap(\.idle)
            for (key, lot) in state.lots {
                state.lots[key]?.count = lot.count - lot.idle.count
                state.lots[key]?.idle = []
            }
            state.rest = []
            return idle
        }
        for session in idle { await session.close() }
    }

    // MARK: Steps

    private func session(with destination: Destination, _ key: Data) async throws -> SSHSession {
        while true {
            guard !Task.isCancelled else {
                // Who was woken and can't go on leaves that to the next.
                wakeNext(key)
                throw CancellationError()
            }
            switch turn(key) {
            case .use(let session):
                if await session.isFit() { return session }
                await session.close()
                remove(one: key)
            case .make: return try await make(destination, key)
            case .wait: try await wait(key)
            case .stop: throw CancellationError()
            }
        }
    }

    private func turn(_ key: Data) -> Turn {
        state.withLock { state in
            guard !state.isClosed else { return .stop }
            var lot = state.lots[key] ?? Lot()
            defer { state.lots[key] = lot }
            // The one that was used last: the others may grow old.
            if let session = lot.idle.popLast() {
                state.rest.removeAll { $0.number == session.number }
                return .use(session)
            }
            guard lot.count < most else { return .wait }
            lot.count += 1
            return .make
        }
    }

    private func make(_ destination: Destination, _ key: Data) async throws -> SSHSession {
        do {
            let number = state.withLock { state in
                state.nextNumber += 1
                return state.nextNumber
            }
            let session = try SSHSession(
                destination, number: number, agent: agent, idleTime: idleTime,
                whenIdle: { [weak self] in self?.drop(number, key) })
            try await session.connect()
            return session
        } catch {
            remove(one: key)
            if let problem = error as? SSHProblem {
                throw SFTPFailure.connection(problem, destination, "connect to")
            }
            throw error
        }
    }

    private func giveBack(_ session: SSHSession, _ key: Data) async {
        let isSpent = await session.isSpent
        let isKept = state.withLock { state in
            guard !isSpent, !state.isClosed else { return false }
            state.lots[key]?.idle.append(session)
            state.rest.append((session.number, key))
            return true
        }
        if isKept {
            wakeNext(key)
            let tooMany = state.withLock { $0.rest.count > mostIdle ? $0.rest.first : nil }
            if let tooMany { drop(tooMany.number, tooMany.key) }
            return
        }
        await session.close()
        remove(one: key)
    }

    /// What nobody holds any more closes itself.
    private func drop(_ number: Int, _ key: Data) {
        let dropped = state.withLock { state -> SSHSession? in
            guard let index = state.lots[key]?.idle.firstIndex(where: { $0.number == number }) else { return nil }
            state.rest.removeAll { $0.number == number }
            state.lots[key]?.count -= 1
            let dropped = state.lots[key]?.idle.remove(at: index)
            if state.lots[key]?.count == 0, state.lots[key]?.waiting.isEmpty == true { state.lots[key] = nil }
            return dropped
        }
        withExtendedLifetime(dropped) {}
        if dropped != nil { wakeNext(key) }
    }

    private func remove(one key: Data) {
        state.withLock { $0.lots[key]?.count -= 1 }
        wakeNext(key)
    }

    private func wakeNext(_ key: Data) {
        let next = state.withLock { state in
            state.lots[key]?.waiting.isEmpty == false ? state.lots[key]?.waiting.removeFirst().wake : nil
        }
        next?.resume()
    }

    private func wait(_ key: Data) async throws {
        let id = state.withLock { state in
            state.nextNumber += 1
            return state.nextNumber
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (wake: CheckedContinuation<Void, any Error>) in
                let outcome = state.withLock { state -> Result<Void, any Error>? in
                    if Task.isCancelled || state.isClosed { return .failure(CancellationError()) }
                    var lot = state.lots[key] ?? Lot()
                    // It may have become free meanwhile.
                    if !lot.idle.isEmpty || lot.count < most { return .success(()) }
                    lot.waiting.append((id, wake))
                    state.lots[key] = lot
                    return nil
                }
                if let outcome { wake.resume(with: outcome) }
            }
        } onCancel: {
            let waiting = state.withLock { state -> CheckedContinuation<Void, any Error>? in
                guard let index = state.lots[key]?.waiting.firstIndex(where: { $0.id == id }) else { return nil }
                return state.lots[key]?.waiting.remove(at: index).wake
            }
            waiting?.resume(throwing: CancellationError())
        }
    }
}
