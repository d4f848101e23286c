import Foundation
import Synchronization

/// Ports on loopback addresses for peers that can't let the kernel choose one.
public enum FreePort {
    /// Below what the kernel hands out by itself, so that no outgoing connection takes a port between our look and the
    /// peer's start.
    private static let range = 15_000..<32_000
    private static let given = Mutex<Set<Int>>([])

    /// A port that was free a moment ago on all of `addresses`, and that nobody else in this process was given.
    public static func next(on addresses: [String] = ["127.0.0.1"]) throws -> Int {
        for _ in 0..<200 {
            let port = Int.random(in: range)
            guard given.withLock({ $0.insert(port).inserted }) else { continue }
            if addresses.allSatisfy({ Loopback(address: $0, port: port)?.isFree ?? false }) { return port }
        }
        throw PeerFailure("No port is free on \(addresses.joined(separator: ", ")).")
    }

    /// Starts a peer on a free port, and again on another one where it ended before it was ready.
    public static func start<Result>(
        on addresses: [String] = ["127.0.0.1"], isolation: isolated (any Actor)? = #isolation,
        _ peer: (_ port: Int) async throws -> Result
    ) async throws -> Result {
        for _ in 0..<4 {
            do {
                return try await peer(try next(on: addresses))
            } catch let failure as PeerFailure where failure.endedEarly {
                continue
            }
        }
        return try await peer(try next(on: addresses))
    }
}
