import Foundation
import Synchronization

/// Renewals that the server's own runner does while it is asked for other things: so many a second are asked for, as by
/// somebody who lets certificates be replaced after an outage.
struct CatchUp: Sendable {
    let served: ServedHome
    let perSecond: Int
    let seconds: Int

    /// Which certificates: each as seldom as the home allows.
    let names: [String]

    struct Speed: Sendable {
        /// Versions that were stored in a second.
        var stored: Double
        /// Those that did not come to be.
        var failed: Int
    }

    /// Asks for renewals second by second, and counts what is stored meanwhile.
    /// - Parameter beside: done at the same time, in the caller's thread.
    func run<Result>(beside: () throws -> Result) throws -> (speed: Speed, result: Result) {
        let before = try counts()
        let begun = ContinuousClock.now
        let asking = Asking(self)
        let thread = Thread { asking.ask() }
        thread.start()
        let result: Result
        do {
            result = try beside()
        } catch {
            asking.stop()
            throw error
        }
        try asking.wait()
        let took = (ContinuousClock.now - begun).seconds
        let after = try counts()
        return (
            Speed(stored: Double(after.stored - before.stored) / took, failed: after.failed - before.failed), result
        )
    }

    /// By what the server itself counts.
    private func counts() throws -> (stored: Int, failed: Int) {
        var (stored, failed) = (0, 0)
        for line in try served.api("/metrics").split(separator: "\n")
        where line.hasPrefix("certflow_attempts_total{stage=\"renewal\"") {
            let count = line.split(separator: " ").last.flatMap { Int($0) } ?? 0
            if line.contains("outcome=\"stored\"") { stored += count }
            if line.contains("outcome=\"failed\"") { failed += count }
        }
        return (stored, failed)
    }

    fileprivate func batch(_ second: Int) throws {
        let start = second * perSecond
        let chosen = (start..<start + perSecond).map { names[$0 % names.count] }
        let list = chosen.map { "\"\($0)\"" }.joined(separator: ",")
        try served.post("/api/v1/renew", json: "{\"certificates\":[\(list)],\"force\":true}")
    }

    /// The thread that asks.
    private final class Asking: Sendable {
        private let catchUp: CatchUp
        private let isStopped = Mutex(false)
        private let problem = Mutex<(any Error)?>(nil)
        private let done = DispatchSemaphore(value: 0)

        init(_ catchUp: CatchUp) { self.catchUp = catchUp }

        func ask() {
            defer { done.signal() }
            let begun = ContinuousClock.now
            do {
                for second in 0..<catchUp.seconds where !isStopped.withLock({ $0 }) {
                    try catchUp.batch(second)
                    let left = Double(second + 1) - (ContinuousClock.now - begun).seconds
                    if left > 0 { Thread.sleep(forTimeInterval: left) }
                }
            } catch {
                problem.withLock { $0 = error }
            }
        }

        func stop() { isStopped.withLock { $0 = true } }

        func wait() throws {
            done.wait()
            if let problem = problem.withLock({ $0 }) { throw problem }
        }
    }
}
