import Foundation

/// A thread of our own for the blocking calls of one session, as the executor of its actor.
///
/// The task that uses the session prefers it for everything else, too: each word with the server would otherwise cost two
/// changes of threads, which is more than the word itself on a near server.
///
/// It ends when it was told to and all jobs have run; a job that comes later still gets a thread, since a task that
/// waited for the actor must be able to go on.
///
/// `@unchecked Sendable` is sound: what changes is touched under `condition` alone.
final class SessionThread: SerialExecutor, TaskExecutor, @unchecked Sendable {
    /// In bytes, what threads of the shared pool have, too. Measured: a handshake needs less than a quarter of it.
    private static let stackSize = 512 << 10

    private let idleTime: Duration
    private let whenIdle: @Sendable () -> Void
    private let condition = NSCondition()
    private var jobs: [UnownedJob] = []
    private var isRunning = false
    private var isEnded = false

    /// - Parameters:
    ///   - idleTime: how long it may have nothing to do.
    ///   - whenIdle: called on the thread each time it had nothing to do for so long.
    init(idleTime: Duration, whenIdle: @escaping @Sendable () -> Void) {
        self.idleTime = idleTime
        self.whenIdle = whenIdle
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        condition.withLock {
            jobs.append(job)
            if isRunning {
                condition.signal()
            } else {
                isRunning = true
                start()
            }
        }
    }

    /// Lets the thread end when nothing is left to do.
    func end() {
        condition.withLock {
            isEnded = true
            condition.signal()
        }
    }

    private func start() {
        let thread = Thread { [self] in
            while true {
                switch next() {
                case .job(let job):
                    job.runSynchronously(
                        isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
                case .idle: whenIdle()
                case .end: return
                }
            }
        }
        thread.stackSize = Self.stackSize
        thread.name = "ssh"
        thread.start()
    }

    private enum Next {
        case job(UnownedJob)
        case idle
        case end
    }

    private func next() -> Next {
        condition.withLock {
            let end = Date(timeIntervalSinceNow: TimeInterval(idleTime.components.seconds))
            while jobs.isEmpty {
                if isEnded {
                    isRunning = false
                    return .end
                }
                if !condition.wait(until: end), jobs.isEmpty, !isEnded { return .idle }
            }
            return .job(jobs.removeFirst())
        }
    }
}
