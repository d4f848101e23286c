import CSSH2
import Foundation
import PluginKit

/// An authenticated session with one host, on a thread of its own.
///
/// Used by one verb at a time. What fails in a way that leaves requests open makes it `isSpent`: nobody uses it again.
actor SSHSession {
    /// Of its pool.
    nonisolated let number: Int
    /// What runs it, and best all else of the task that uses it.
    nonisolated let thread: SessionThread
    private let waker: WakeDescriptor
    private let destination: Destination
    private var link: SSHLink?
    private var client: SFTPClient?
    /// What the agent of this machine listens at.
    private let agent: String?
    /// Whether it was seen that a command line gets to a program of its own.
    private var runsCommands = false
    private(set) var isSpent = false
    private(set) var lastUse = ContinuousClock.now

    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    /// - Parameter whenIdle: called on the session's thread whenever it had nothing to do for `idleTime`.
    init(
        _ destination: Destination, number: Int, agent: String?, idleTime: Duration,
        whenIdle: @escaping @Sendable () -> Void = {}
    ) throws(SSHProblem) {
        waker = try WakeDescriptor()
        thread = SessionThread(idleTime: idleTime, whenIdle: whenIdle)
        self.number = number
        self.destination = destination
        self.agent = agent
    }

    deinit { thread.end() }

    /// Connects, judges the host's key, and authenticates, by way of the jump hosts.
    /// - Throws: `PluginFailure`, `CancellationError`.
    func connect() async throws {
        try await whileWaking {
            let patience = Patience(waker)
            do {
                link = try Connector(patience: patience, agent: agent).connect(to: destination)
            } catch {
                isSpent = true
                throw error
            }
        }
    }

    /// Whether it can be used again. After some rest that is asked of the server itself.
    func isFit() async -> Bool {
        guard !isSpent, let link, link.isOpen else { return false }
        guard ContinuousClock.now - lastUse > .seconds(5) else { return true }
        do {
            try await perform(within: min(destination.timeout, .seconds(5))) { [self] link, deadline in
                _ = try sftp(link, deadline).ask([.realPath(".")], until: deadline)
            }
            return true
        } catch {
            isSpent = true
            return false
        }
    }

    /// Asks the SFTP server.
    /// - Throws: `SSHProblem`, `CancellationError`.
    func ask(_ requests: [SFTPRequest], closing handles: [SFTPRequest.FileHandle] = []) async throws -> [SFTPAnswer] {
        try await perform(within: destination.timeout) { [self] link, deadline in
            let client = try sftp(link, deadline)
            for handle in handles { client.closeLater(handle) }
            return requests.isEmpty ? [] : try client.ask(requests, until: deadline)
        }
    }

    /// What the SFTP server offers besides version 3.
    func offers(_ name: SFTPExtension) async throws -> Bool {
        try await perform(within: destination.timeout) { [self] link, deadline in
            try sftp(link, deadline).offers(name)
        }
    }

    /// Runs a command line there.
    /// - Parameter timeout: of the command itself, from when it was started.
    /// - Throws: `SSHProblem`, `CancellationError`.
    func run(_ line: String, timeout: Duration) async throws -> CommandResult {
        try await perform(within: destination.timeout) { [self] link, startEnd in
            let result = try RemoteRun.run(
                line, on: link, asking: !runsCommands, timeout: timeout, startingUntil: startEnd)
            runsCommands = runsCommands || result.ending != .timedOut
            if result.ending == .timedOut { isSpent = true }
            return result
        }
    }

    /// How often the SFTP server was waited for.
    var roundTrips: Int { client?.roundTrips ?? 0 }

    /// Says goodbye where that takes no time, and cuts the connection.
    func close() {
        if let link {
            _ = libssh2_session_disconnect_ex(link.raw, SSH_DISCONNECT_BY_APPLICATION, "", "")
            link.cut()
        }
        isSpent = true
        client = nil
        link = nil
    }

    private func sftp(_ link: SSHLink, _ deadline: ContinuousClock.Instant) throws -> SFTPClient {
        if let client { return client }
        let opened = try SFTPClient.open(on: link, until: deadline)
        client = opened
        return opened
    }

    private func perform<Result: Sendable>(
        within time: Duration, _ body: (SSHLink, ContinuousClock.Instant) throws -> Result
    ) async throws -> Result {
        guard let link, !isSpent else { throw SSHProblem(.lost, "the session has ended") }
        return try await whileWaking {
            link.patience.renew()
            lastUse = .now
            do {
                return try body(link, .now + time)
            } catch let problem as SSHProblem where problem.kind == .refused {
                throw problem
            } catch {
                isSpent = true
                throw error
            }
        }
    }

    /// A cancelled task need not wait for the other side's next word.
    private func whileWaking<Result: Sendable>(_ body: () throws -> Result) async throws -> Result {
        try await withTaskCancellationHandler {
            try onOwnThread(body)
        } onCancel: { [waker] in
            waker.wake()
        }
    }

    /// An async closure that names nothing of the actor would leave its thread for the shared pool, and block it.
    private func onOwnThread<Result>(_ body: () throws -> Result) rethrows -> Result { try body() }
}
