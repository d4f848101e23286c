import Synchronization

/// What is counted of requests, for `/metrics`.
final class Metrics: Sendable {
    struct Requests: Sendable {
        var byStatus: [String: Int] = [:]
        var seconds = 0.0
        var refused: [String: Int] = [:]
    }

    private let requests = Mutex(Requests())

    /// - Parameter path: of the route, not of the request: there are few of them.
    func answered(_ path: String, status: Int, took: Duration) {
        requests.withLock { requests in
            requests.byStatus["\(path) \(status)", default: 0] += 1
            requests.seconds += took / .seconds(1)
        }
    }

    func refused(_ code: String) { requests.withLock { $0.refused[code, default: 0] += 1 } }

    var current: Requests { requests.withLock { $0 } }
}
