import Foundation

/// Up to four threads of our own for calls that wait for a disk, so that none of them ever waits on the shared pool.
///
/// A publisher's call runs on them as a whole (`withTaskExecutorPreference`), so a file operation costs no change of
/// thread. Threads start when there is work for them. After `close` they end once all jobs have run; a job that comes
/// later still gets a thread, since a task that waited elsewhere meanwhile must be able to go on.
final class BlockingExecutor: TaskExecutor, @unchecked Sendable {  // sound: `condition` guards all that changes
    private static let mostThreads = 4
    /// In bytes. Ours need a fraction; the name services behind `getpwnam_r` are what asks for room.
    private static let stackSize = 512 << 10

    private let condition = NSCondition()
    private var jobs: [UnownedJob] = []
    private var threads = 0
    private var idle = 0
    private var isClosed = false

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        condition.withLock {
            jobs.append(job)
            if idle >= jobs.count {
                condition.signal()
            } else if threads < Self.mostThreads {
                threads += 1
                start()
            }
        }
    }

    /// Lets the threads end when nothing is left to do.
    func close() {
        condition.withLock {
            isClosed = true
            condition.broadcast()
        }
    }

    /// Whether this is code that runs on the threads of an executor like this one.
    static var isCurrent: Bool { Thread.current.threadDictionary[mark] != nil }

    private static let mark = "certflow.blocking"

    private func start() {
        let thread = Thread { [self] in
            // By this and not by a name: the system's threads pass theirs on to those they start.
            Thread.current.threadDictionary[Self.mark] = true
            while let job = next() { job.runSynchronously(on: asUnownedTaskExecutor()) }
        }
        thread.stackSize = Self.stackSize
        thread.start()
    }

    /// Waits for a job; nil when this thread shall end.
    private func next() -> UnownedJob? {
        condition.withLock {
            while jobs.isEmpty {
                if isClosed {
                    threads -= 1
                    return nil
                }
                idle += 1
                condition.wait()
                idle -= 1
            }
            return jobs.removeFirst()
        }
    }
}
