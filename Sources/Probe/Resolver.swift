import Foundation
import NIOCore
import NIOPosix
import Synchronization

/// Finds the addresses of host names.
///
/// `getaddrinfo` has no deadline and can't be called off. It runs on a few threads of our own, and all who ask for the
/// same name share one call: a name that hangs costs one of the threads, however often it is asked for.
final class Resolver: Sendable {
    /// Finds the addresses of a name. May block, and throws a `ProbeProblem`.
    typealias Lookup = @Sendable (_ host: String) throws -> [SocketAddress]

    private let threads: NIOThreadPool
    private let lookup: Lookup
    private let waiting = Mutex<[String: [Awaited<[SocketAddress]>]]>([:])

    init(threads count: Int = 4, lookup: @escaping Lookup = Resolver.system) {
        threads = NIOThreadPool(numberOfThreads: count)
        threads.start()
        self.lookup = lookup
    }

    /// The addresses of a host, each once; a literal address is itself.
    func addresses(of host: String, port: Int, within limit: Duration) async throws -> [SocketAddress] {
        if let literal = try? SocketAddress(ipAddress: host, port: port) { return [literal] }
        let answer = Awaited<[SocketAddress]>()
        ask(host, for: answer)
        defer { forget(answer, of: host) }
        var found = try await answer.value(within: limit)
        for index in found.indices { found[index].port = port }
        return found
    }

    /// Names that are still looked up keep their threads until the system answers; nobody waits for them.
    func shutdown() {
        threads.shutdownGracefully { _ in }
    }

    private func ask(_ host: String, for answer: Awaited<[SocketAddress]>) {
        let isFirst = waiting.withLock { waiting in
            let isFirst = waiting[host] == nil
            waiting[host, default: []].append(answer)
            return isFirst
        }
        guard isFirst else { return }
        threads.submit { [self] state in
            let result = Result {
                guard case .active = state else { throw CancellationError() }
                return try lookup(host)
            }
            let answers = waiting.withLock { $0.removeValue(forKey: host) ?? [] }
            for answer in answers { answer.settle(result) }
        }
    }

    /// Keeps the entry, be it empty: it says that the name is being looked up.
    private func forget(_ answer: Awaited<[SocketAddress]>, of host: String) {
        waiting.withLock { $0[host]?.removeAll { $0 === answer } }
    }
}
