import Foundation
import Runner
import Synchronization

/// Hashes passwords one at a time, for each takes 134 MB; a few may wait, more are turned away.
///
/// A thread of its own: hashing never sits on the cooperative pool.
final class PasswordHasher: Sendable {
    private let cost: PasswordHash.Cost
    private let mayWait: Int
    private let entropy: @Sendable (Int) -> [UInt8]
    private let worker = WorkerThreads(count: 1)
    private let onHashing: @Sendable () -> Void
    private let inside = Mutex(0)
    /// What an unknown account is compared with, so that it takes as long as a known one.
    private let nobody: PasswordHash

    /// - Parameter onHashing: told of each hashing on the thread that does it, before it is done.
    init(
        cost: PasswordHash.Cost, mayWait: Int = 16, entropy: @escaping @Sendable (Int) -> [UInt8],
        onHashing: @escaping @Sendable () -> Void = {}
    ) {
        self.onHashing = onHashing
        self.cost = cost
        self.mayWait = mayWait
        self.entropy = entropy
        nobody = PasswordHash(
            rounds: cost.rounds, blockSize: cost.blockSize, salt: Data(entropy(16)), hash: Data(entropy(32)))
    }

    func end() { worker.end() }

    func hash(_ password: String) async throws -> PasswordHash {
        let (salt, cost) = (Data(entropy(16)), cost)
        return try await queued { try PasswordHash(password, salt: salt, cost: cost) }
    }

    /// - Parameter known: nil for an account that there is not, or that has no password.
    func matches(_ password: String, _ known: PasswordHash?) async throws -> Bool {
        let hash = known ?? nobody
        let isRight = try await queued { try hash.matches(password) }
        return isRight && known != nil
    }

    /// How many are hashed or wait for it.
    var underway: Int { inside.withLock { $0 } }

    func isWeak(_ hash: PasswordHash) -> Bool { hash.isWeaker(than: cost) }

    private func queued<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        let isIn = inside.withLock { inside in
            guard inside <= mayWait else { return false }
            inside += 1
            return true
        }
        guard isIn else { throw Problem.tooManySignIns }
        defer { inside.withLock { $0 -= 1 } }
        let onHashing = onHashing
        return try await worker.run {
            onHashing()
            return try body()
        }
    }
}

extension PasswordHash {
    init(rounds: Int, blockSize: Int, salt: Data, hash: Data) {
        self.rounds = rounds
        self.blockSize = blockSize
        self.salt = salt
        self.hash = hash
    }
}
